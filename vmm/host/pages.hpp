// The room: zeroed memory straight from the host's kernel, for what is too large or too sparse for the heap.
// Invariants: nothing is charged to the host before it is touched; a range is given back whole; before and behind it
// lies a page without any rights, so that our own overrun ends in a fault and not in somebody's data.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/vocabulary/result.hpp"

namespace roost {

/// `size` bytes, aligned to the host's page.
Result<std::byte*> map_pages(std::uint64_t size);
void unmap_pages(std::byte* pages, std::uint64_t size);

/// Bytes of memory that the host has, used or not.
std::uint64_t host_memory();

}  // namespace roost
