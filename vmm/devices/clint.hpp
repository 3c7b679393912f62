// The room: the core-local interruptor: each hart's software interrupt and timer, and the machine's time.
// Not here: comparing time with mtimecmp (the hart does, with its own clock, so that no timer thread is needed).
//
//   0x0000 + 4*hart  msip      32 bits, bit 0 is the line
//   0x4000 + 8*hart  mtimecmp  64 bits, also as two 32-bit halves
//   0xbff8           mtime     64 bits, also as two 32-bit halves, 10 MHz
//
// mtime ignores stores, though QEMU takes them: the harts' `time` CSR is its shadow and counts from the machine's boot;
// firmware and systems that we know never set it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "sched/vocabulary/time.hpp"
#include "vmm/devices/interrupt_line.hpp"
#include "vmm/memory/mmio_device.hpp"
#include "vmm/vcpu/clock.hpp"

namespace roost {

class Clint final : public MmioDevice {
 public:
  static constexpr Duration kTick{100};  // 10 MHz

  struct HartLines {
    InterruptLine msip;
    std::function<void(std::uint64_t ticks)> mtimecmp;  // any thread, no lock held, one call at a time
  };

  /// mtime is 0 at `boot`.
  Clint(const Clock& clock, Time boot, std::vector<HartLines> harts);

  /// Words among the msip registers; words and doublewords from mtimecmp to mtime; nothing lies behind.
  bool accepts(std::uint64_t offset, unsigned size) const override;
  std::uint64_t read(std::uint64_t offset, unsigned size) override;
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override;

 private:
  // Each hart's registers are words of their own and need no lock. They are stored before Settler's note (release) and
  // read again after it (acquire), so the last value is the one that is told last.
  struct HartRegisters {
    explicit HartRegisters(HartLines to) : lines(std::move(to)) {}
    HartLines lines;
    std::atomic<bool> msip{false};
    std::atomic<std::uint64_t> mtimecmp{0};
    Settler msip_settler, timer_settler;
  };

  std::uint64_t mtime() const;
  void write_timer(HartRegisters& hart, std::uint64_t offset, unsigned size, std::uint64_t value);

  const Clock& clock_;
  Time boot_;
  std::vector<std::unique_ptr<HartRegisters>> harts_;
};

}  // namespace roost
