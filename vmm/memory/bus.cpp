#include "vmm/memory/bus.hpp"

#include "sched/vocabulary/check.hpp"

namespace roost {

void Bus::attach(GuestPhys base, std::uint64_t size, MmioDevice& device) {
  check(size > 0 && value(base) + (size - 1) >= value(base), "a device's window is a range of addresses");
  for (const Window& w : windows_) {
    const bool apart = value(base) + (size - 1) < value(w.base) || value(w.base) + (w.size - 1) < value(base);
    check(apart, "windows of devices do not overlap");
  }
  windows_.push_back({base, size, &device});
}

const Bus::Window* Bus::find(GuestPhys at, unsigned size) const {
  for (const Window& w : windows_) {
    if (value(at) < value(w.base)) continue;
    const std::uint64_t offset = value(at) - value(w.base);
    if (offset < w.size && size <= w.size - offset) return w.device->accepts(offset, size) ? &w : nullptr;
  }
  return nullptr;
}

bool Bus::read(GuestPhys at, unsigned size, std::uint64_t& out) const {
  const Window* window = find(at, size);
  if (window == nullptr) return false;
  out = window->device->read(value(at) - value(window->base), size);
  return true;
}

bool Bus::write(GuestPhys at, unsigned size, std::uint64_t written) const {
  const Window* window = find(at, size);
  if (window == nullptr) return false;
  window->device->write(value(at) - value(window->base), size, written);
  return true;
}

}  // namespace roost
