// The room: SiFive's test finisher: one store ends the machine.
// Not here: what ending means (Machine::stop).
//
//   offset 0, 16 or 32 bits: [31:16] code, [15:0] 0x5555 pass | 0x3333 fail with code | 0x7777 reset
#pragma once

#include <cstdint>
#include <functional>

#include "vmm/memory/mmio_device.hpp"

namespace roost {

class Finisher final : public MmioDevice {
 public:
  /// A guest that asks for a reset ends as well, with this code: a machine does not start over (yet).
  static constexpr int kResetExitCode = 0x77;

  /// `end` is called from the vCPU's thread, maybe more than once.
  explicit Finisher(std::function<void(int exit_code)> end);

  bool accepts(std::uint64_t, unsigned size) const override { return size == 2 || size == 4; }
  std::uint64_t read(std::uint64_t offset, unsigned size) override;
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override;

 private:
  std::function<void(int)> end_;
};

}  // namespace roost
