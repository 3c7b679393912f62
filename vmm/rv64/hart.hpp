// The room: one RV64GC hart: the rv64 engine behind vmm/vcpu's contract.
// Not here: how it works (README.md, core.hpp), devices, machines.
// Invariants: a guest reaches host memory only inside its RAM; Budget::instructions counts steps: those that trap, too.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "sched/vocabulary/ids.hpp"
#include "vmm/memory/bus.hpp"
#include "vmm/memory/guest_ram.hpp"
#include "vmm/vcpu/clock.hpp"
#include "vmm/vcpu/vcpu.hpp"
#include "vmm/vcpu/wake_sink.hpp"

namespace roost::rv64 {

struct Core;

/// Bits of mip: the interrupt lines of a hart.
enum Line : unsigned { kSsip = 1, kMsip = 3, kStip = 5, kMtip = 7, kSeip = 9, kMeip = 11 };

/// What all harts of one machine share.
struct HartEnvironment {
  GuestRam* ram = nullptr;
  Bus* bus = nullptr;
  const Clock* clock = nullptr;
  WakeSink* wake_sink = nullptr;
  const std::atomic<bool>* stopped = nullptr;  // the machine has ended: run() returns Stopped
  Time boot{};                                 // guest time 0; the time CSR counts (now - boot) / 100 ns (10 MHz)
  /// A doubleword in RAM whose stores are told to on_tohost after they are done (HTIF); 0: none.
  std::uint64_t tohost = 0;
  std::function<void(std::uint64_t value)> on_tohost;
};

class Hart final : public Vcpu {
 public:
  Hart(const HartEnvironment& environment, std::uint64_t hart_id, VcpuId vcpu);
  ~Hart() override;

  /// M-mode, a0 = hart id, a1 = device tree, a2 = what the boot before us hands to firmware (OpenSBI's
  /// fw_dynamic_info), everything else as the privileged spec 3.4 has it after reset.
  void reset(std::uint64_t pc, std::uint64_t device_tree, std::uint64_t firmware_info = 0);

  Exit run(const Budget& budget) override;
  // ---- any thread ----
  void post_interrupt(unsigned line, bool level) override;
  /// mtimecmp, in ticks of 100 ns. MTIP follows: the hart compares it with its own clock while it runs and gives it as
  /// Exit::wake_at when it halts. Ends with WakeSink::wake.
  void set_timer(std::uint64_t ticks);
  std::uint64_t timer() const;

  /// Registers and all, for tests and debuggers, while nobody runs it.
  Core& core() { return *core_; }

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace roost::rv64
