// The room: how handlers tell a MemoryObserver what they touch, and how those of a live hart do not.
// Not here: caches (the observer's), what is translated to which host address (tlb, fetch).
// Rules: a handler is a template over Unobserved or Observed, chosen when it is decoded (decode). The first costs
// nothing at all. The second looks at the lines that are shown; else it jumps to observe_and_retry, which tells the
// observer and begins the instruction again. Slow paths, which serve both, ask at run time (observe_slowly).
// Code is looked at by lines: the ops that begin one are wrapped (enter_line), and so are jumps to another line.
#pragma once

#include <cstdint>

#include "vmm/rv64/core.hpp"

namespace roost::rv64 {

/// Tells the observer and takes the op once more: now the line is shown.
Cursor observe_and_retry(Core& core, const Op* op, std::int64_t budget, std::uint64_t host, Touch how);
/// Tells of the line that code has come to (core.watch.fetch_line), and goes on there.
Cursor observe_fetch_and_go(Core& core, const Op* op, std::int64_t budget);
/// What stands in front of an op that begins a line, for code that comes from the line before.
Cursor enter_line(Core& core, const Op* op, std::int64_t budget);
/// Puts enter_line there.
void wrap_line_entry(DecodedPage& page, std::size_t slot);

/// An access that took a slow path; does nothing in a live hart. `size` bytes of one page.
void observe_slowly(Core& core, std::uint64_t host, unsigned size, Touch how);
/// A jump to `op` of core.page, from anywhere.
void observe_entry(Core& core, const Op* op, std::int64_t budget);

inline std::uint64_t line_of(const Core& core, std::uint64_t host) { return (host - core.watch.origin) >> kLineBits; }

inline constexpr std::size_t kSlotsPerLine = (std::size_t{1} << kLineBits) / 2;

struct Unobserved {
  [[gnu::always_inline]] static bool reads(Core&, std::uint64_t) { return true; }
  [[gnu::always_inline]] static bool writes(Core&, std::uint64_t) { return true; }
  [[gnu::always_inline]] static bool fetches(Core&, const Op*) { return true; }
  [[gnu::always_inline]] static void enter_page(Core&) {}
};

struct Observed {
  [[gnu::always_inline]] static bool reads(Core& core, std::uint64_t host) {
    if (!core.watch.data.may_read(line_of(core, host))) [[unlikely]] return false;
    ++core.watch.accesses;
    return true;
  }
  [[gnu::always_inline]] static bool writes(Core& core, std::uint64_t host) {
    if (!core.watch.data.may_write(line_of(core, host))) [[unlikely]] return false;
    ++core.watch.accesses;
    return true;
  }
  /// `op` lies in core.page.
  [[gnu::always_inline]] static bool fetches(Core& core, const Op* op) {
    const std::uint64_t line = core.watch.page_line + static_cast<std::size_t>(op - core.code) / kSlotsPerLine;
    if (line == core.watch.fetch_line) return true;
    core.watch.fetch_line = line;
    ++core.watch.fetches;
    return core.watch.code.may_read(line);
  }
  [[gnu::always_inline]] static void enter_page(Core& core) {
    core.watch.page_line = line_of(core, core.page->host);
  }
};

}  // namespace roost::rv64
