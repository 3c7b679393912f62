// The room: the contract of a memory-mapped device.
#pragma once

#include <cstdint>

namespace roost {

class MmioDevice {
 public:
  virtual ~MmioDevice() = default;
  /// Whether an access of that size is possible there. If not, the guest gets an access fault and nothing else happens.
  virtual bool accepts(std::uint64_t /*offset*/, unsigned /*size*/) const { return true; }
  /// Any thread; never blocks on I/O. `offset` lies in the device's window; size is 1, 2, 4 or 8, naturally aligned. An
  /// accepted access that the device does not know reads 0 and is ignored when written.
  virtual std::uint64_t read(std::uint64_t offset, unsigned size) = 0;
  virtual void write(std::uint64_t offset, unsigned size, std::uint64_t value) = 0;
};

}  // namespace roost
