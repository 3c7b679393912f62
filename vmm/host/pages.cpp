#include "vmm/host/pages.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <limits>
#include <system_error>
#include <vector>

namespace roost {

namespace {
constexpr std::uint64_t kGuard = 65536;  // at least a page on every host
constexpr std::uint64_t kHugePage = 2U << 20;
constexpr int kLargestInHeap = 32 << 20;  // bytes of a block; more is refused by glibc
constexpr std::uint64_t kBlock = 16U << 20, kMostExpected = std::uint64_t{4} << 30;
}

Result<std::byte*> map_pages(std::uint64_t size) {
  const auto refused = [size] {
    return Error{"the host refuses " + std::to_string(size) + " bytes of memory (" +
                 std::generic_category().message(errno) + "); ask for less"};
  };
  void* all = mmap(nullptr, size + 2 * kGuard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) return refused();
  std::byte* pages = static_cast<std::byte*>(all) + kGuard;
  madvise(pages, size, MADV_HUGEPAGE);  // a host without them says no
  if (mprotect(pages, size, PROT_READ | PROT_WRITE) == 0) return pages;
  Error error = refused();
  munmap(all, size + 2 * kGuard);
  return error;
}

void unmap_pages(std::byte* pages, std::uint64_t size) { munmap(pages - kGuard, size + 2 * kGuard); }

void expect_heap(std::uint64_t bytes) {
  if (bytes < 4 * kHugePage || bytes > kMostExpected) return;
  if (mallinfo2().keepcost >= bytes) return;  // the heap's end has room for them
  mallopt(M_MMAP_THRESHOLD, kLargestInHeap);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  const auto end = [] { return reinterpret_cast<std::uintptr_t>(sbrk(0)); };
  const std::uintptr_t first = (end() + kHugePage - 1) / kHugePage * kHugePage;
  std::vector<void*> blocks;  // the heap grows for them and keeps that when they are freed, as nothing lies behind them
  for (std::uint64_t asked = 0; asked < bytes; asked += kBlock) blocks.push_back(std::malloc(kBlock));
  for (; !blocks.empty(); blocks.pop_back()) std::free(blocks.back());
  // A host without them says no, and then the heap is as it was.
  if (first < end()) madvise(reinterpret_cast<void*>(first), end() - first, MADV_HUGEPAGE);
}

std::uint64_t host_memory() {
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace roost
