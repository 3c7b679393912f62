#include "vmm/host/pages.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace roost {

Result<std::byte*> map_pages(std::uint64_t size) {
  void* pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages != MAP_FAILED) return static_cast<std::byte*>(pages);
  return Error{"the host refuses " + std::to_string(size) + " bytes of memory (" +
               std::generic_category().message(errno) + "); ask for less"};
}

void unmap_pages(std::byte* pages, std::uint64_t size) { munmap(pages, size); }

}  // namespace roost
