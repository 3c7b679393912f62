// The room: traps as C++ functions: one handler for each cause.
// Not here: saving registers (crt0). A handler uses no floating point, and runs in the mode that took the trap.
#pragma once

#include <stdint.h>

namespace guest {

inline constexpr uint64_t kInterrupt = uint64_t{1} << 63;

enum class Cause : uint64_t {
  InstructionPageFault = 12,
  LoadPageFault = 13,
  StorePageFault = 15,
  EcallFromSupervisor = 9,
  MachineSoftware = kInterrupt | 3,
  MachineTimer = kInterrupt | 7,
};

struct Trap {
  Cause cause;
  uint64_t epc;    // where to go on: a handler may change it
  uint64_t value;  // mtval or stval
};

using TrapHandler = void (*)(Trap& trap);

/// For all harts; set before they can meet the trap. A trap without a handler ends the guest.
void on_trap(Cause cause, TrapHandler handler);

/// Calls body(argument) in S mode, on this hart, with paging as satp says; comes back in M mode.
/// The stack must be mapped to its own address.
void run_in_supervisor(void (*body)(void*), void* argument);

}  // namespace guest
