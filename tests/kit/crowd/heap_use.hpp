// The room: how many bytes this program has allocated by now.
#pragma once

#include <malloc.h>

#include <cstddef>

namespace roost::kit {

/// From malloc's own books, its overhead included; 0 where another allocator has taken its place (sanitizers).
inline std::size_t heap_use() {
  const struct mallinfo2 books = mallinfo2();
  return books.uordblks + books.hblkhd;
}

}  // namespace roost::kit
