// The room: text out, through the ns16550.
// Not here: locking. One hart prints at a time: hart 0, or whoever dies.
#pragma once

namespace guest {

/// Understands %s, %c, %lu, %ld, %lx and a zero-padded width (%016lx).
[[gnu::format(printf, 1, 2)]] void print(const char* format, ...);

}  // namespace guest
