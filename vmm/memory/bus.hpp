// The room: which device answers at which guest-physical address.
// Invariants: windows do not overlap each other or RAM; attach() only before the first vCPU runs.
#pragma once

#include <cstdint>
#include <vector>

#include "vmm/memory/address.hpp"
#include "vmm/memory/mmio_device.hpp"

namespace roost {

class Bus {
 public:
  void attach(GuestPhys base, std::uint64_t size, MmioDevice& device);
  // ---- any thread ----
  /// False: nothing answers there (the guest gets an access fault).
  bool read(GuestPhys at, unsigned size, std::uint64_t& out) const;
  bool write(GuestPhys at, unsigned size, std::uint64_t written) const;

 private:
  struct Window {
    GuestPhys base;
    std::uint64_t size;
    MmioDevice* device;
  };
  const Window* find(GuestPhys at, unsigned size) const;
  std::vector<Window> windows_;
};

}  // namespace roost
