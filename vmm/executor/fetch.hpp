// The room: a hint to the processor: this will be read soon.
#pragma once

#include <cstddef>

namespace roost {

/// Fetches the cache lines of `size` bytes from `address` on. Changes nothing but time; `address` may be anything.
inline void fetch(const void* address, std::size_t size) {
  const char* const begin = static_cast<const char*>(address);
  for (std::size_t at = 0; at < size; at += 64) __builtin_prefetch(begin + at);
}

}  // namespace roost
