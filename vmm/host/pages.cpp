#include "vmm/host/pages.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace roost {

namespace {
constexpr std::uint64_t kGuard = 65536;  // at least a page on every host
}

Result<std::byte*> map_pages(std::uint64_t size) {
  const auto refused = [size] {
    return Error{"the host refuses " + std::to_string(size) + " bytes of memory (" +
                 std::generic_category().message(errno) + "); ask for less"};
  };
  void* all = mmap(nullptr, size + 2 * kGuard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) return refused();
  std::byte* pages = static_cast<std::byte*>(all) + kGuard;
  if (mprotect(pages, size, PROT_READ | PROT_WRITE) == 0) return pages;
  Error error = refused();
  munmap(all, size + 2 * kGuard);
  return error;
}

void unmap_pages(std::byte* pages, std::uint64_t size) { munmap(pages - kGuard, size + 2 * kGuard); }

std::uint64_t host_memory() {
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace roost
