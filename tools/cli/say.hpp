// The room: text for the user, on standard output or standard error.
#pragma once

#include <cstdio>
#include <string_view>

namespace roost {

/// A reader that has gone away is no failure of ours: what cannot be written is dropped.
inline void say(std::FILE* where, std::string_view text) {
  [[maybe_unused]] const std::size_t written = std::fwrite(text.data(), 1, text.size(), where);
}

}  // namespace roost
