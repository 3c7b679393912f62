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
    InterruptLine msip;  // any thread, no lock held, several calls at a time: the hart's atomic bit orders them
    std::function<void(std::uint64_t ticks)> mtimecmp;  // any thread, no lock held, one call at a time
  };

  /// mtime is 0 at `boot`.
  Clint(const Clock& clock, Time boot, std::vector<HartLines> harts);

  /// Words among the msip registers; words and doublewords from mtimecmp to mtime; nothing lies behind.
  bool accepts(std::uint64_t offset, unsigned size) const override;
  std::uint64_t read(std::uint64_t offset, unsigned size) override;
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override;

 private:
  // Each hart's registers are words of their own and need no lock. mtimecmp is stored before Settler's note (release)
  // and read again after it (acquire), so the last value is the one that is told last.
  // msip is told by everyone for himself. A raise ends in a wakeup, where the host may well run the woken hart instead
  // of the one that raised. If that one were still the only one to tell, the woken hart's clear and other harts' raises
  // would wait until it runs again: milliseconds of WFIs that do not halt. The price: of a raise and a clear at the
  // same time, the register may read back the other one than the hart's line took. The line's order is the one that
  // counts, and a clear that came last in it sees what the raiser had stored before.
  struct HartRegisters {
    explicit HartRegisters(HartLines to) : lines(std::move(to)) {}
    HartLines lines;
    std::atomic<bool> msip{false};
    std::atomic<std::uint64_t> mtimecmp{0};
    Settler timer_settler;
  };

  std::uint64_t mtime() const;
  void write_timer(HartRegisters& hart, std::uint64_t offset, unsigned size, std::uint64_t value);

  const Clock& clock_;
  Time boot_;
  std::vector<std::unique_ptr<HartRegisters>> harts_;
};

}  // namespace roost
