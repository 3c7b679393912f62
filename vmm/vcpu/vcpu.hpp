// The room: the contract between what runs and what schedules.
// Not here: any engine (rv64, workload), any policy.
// Invariants: run() is called by one thread at a time; between two calls there is a happens-before (a runqueue's lock).
#pragma once

#include <atomic>
#include <cstdint>

#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"
#include "vmm/vcpu/memory_observer.hpp"

namespace roost {

inline constexpr Duration kUsualSpin{2500};  // of a world that has no rule

struct Budget {
  Time until = kNever;                       // return with BudgetSpent soon after this time
  std::uint64_t instructions = UINT64_MAX;   // or after this many have retired
  /// Return with Kicked at the next block boundary once it is not zero. Polled relaxed: whatever the kick announces is
  /// looked at after run() has returned, under a lock or through seq_cst atomics. Null: nobody kicks.
  const std::atomic<std::uint32_t>* doorbell = nullptr;
  /// Return with Paused once it has spun for so long, at the pace of pause hints; max: never.
  Duration spins_for = kUsualSpin;
  /// Is told of accesses to RAM: the caches of the pCPU that this is. Null: none are modelled, and none are paid for.
  MemoryObserver* observer = nullptr;
};

enum class ExitWhy : std::uint8_t {
  BudgetSpent,
  Kicked,
  Halted,   // WFI with no enabled interrupt pending; wake_at is its earliest timer
  Yielded,  // it gives up the rest of its slice
  Paused,   // it spins
  Stopped,  // its machine has ended: it must not be run again
};

struct Exit {
  ExitWhy why = ExitWhy::BudgetSpent;
  std::uint64_t retired = 0;  // guest instructions since run() was called
  Time wake_at = kNever;      // Halted only
};

class Vcpu {
 public:
  virtual ~Vcpu() = default;

  // ---- the thread that runs it ----
  /// Looks at its interrupt lines first: a line raised before the call is never missed by it.
  virtual Exit run(const Budget& budget) = 0;

  // ---- any thread ----
  /// Raises or lowers interrupt line `line` (the engine's numbering; rv64: the bit of mip). A raise ends with
  /// WakeSink::wake(id).
  virtual void post_interrupt(unsigned line, bool level) = 0;
};

}  // namespace roost
