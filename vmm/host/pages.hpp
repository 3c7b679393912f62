// The room: zeroed memory straight from the host's kernel, for what is too large or too sparse for the heap.
// Invariants: nothing is charged to the host before it, or a neighbour on its huge page, is touched; a range is given
// back whole; before and behind it lies a page without any rights, so that our own overrun ends in a fault and not in
// somebody's data.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/vocabulary/result.hpp"

namespace roost {

/// `size` bytes, aligned to the host's page; on huge pages, if the host has some for whoever asks.
Result<std::byte*> map_pages(std::uint64_t size);
void unmap_pages(std::byte* pages, std::uint64_t size);

/// The heap will soon hold some `bytes` more, which are then read at random: they shall lie on huge pages, if the host
/// has some for whoever asks (Linux's transparent huge pages, "madvise"). To be called before other threads allocate.
/// Nothing is charged before it is used; a heap that is not glibc's, or bytes too few to matter, stay as they are.
void expect_heap(std::uint64_t bytes);

/// Bytes of memory that the host has, used or not.
std::uint64_t host_memory();

}  // namespace roost
