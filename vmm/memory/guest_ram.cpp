#include "vmm/memory/guest_ram.hpp"

#include <utility>

#include "vmm/host/pages.hpp"

namespace roost {

namespace {
constexpr std::uint64_t kPage = 4096;
}

Result<GuestRam> GuestRam::create(GuestPhys base, std::uint64_t size) {
  if (size == 0 || size % kPage != 0 || value(base) % kPage != 0 || value(base) + size - 1 < value(base))
    return Error{"guest RAM of " + std::to_string(size) + " bytes at " + std::to_string(value(base)) +
                 " is not a range of whole 4096-byte pages; round its size up"};
  auto pages = map_pages(size);
  if (!pages) return Error{"guest RAM: " + pages.error().sentence};
  return GuestRam(base, size, *pages);
}

GuestRam::GuestRam(GuestRam&& other) noexcept
    : base_(other.base_), size_(std::exchange(other.size_, 0)), host_(std::exchange(other.host_, nullptr)) {}

GuestRam::~GuestRam() {
  if (host_ != nullptr) unmap_pages(host_, size_);
}

}  // namespace roost
