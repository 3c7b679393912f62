// The room: traps: into M or S (priv 3.1.8, 4.1.1), back again, and which interrupt is next.
// Not here: where exceptions come from (exec_*, memory_access), how control goes on (exec_flow).
#pragma once

#include <cstdint>

#include "vmm/rv64/architecture.hpp"
#include "vmm/rv64/core.hpp"

namespace roost::rv64 {

/// Sets the CSRs and the mode; core.pc is then the handler's address.
void take_exception(Core& core, std::uint64_t epc, Cause cause, std::uint64_t value);
/// If an enabled interrupt is pending: takes it, with epc = core.pc.
void take_pending_interrupt(Core& core);
/// mret and sret; core.pc is then where they return to.
void return_from_machine(Core& core);
void return_from_supervisor(Core& core);

/// mip: what software wrote, the lines from outside, and the timer as of core.ticks.
std::uint64_t pending_interrupts(const Core& core);
/// Reads the clock, into core.ticks too.
Time refresh_ticks(Core& core);

/// Points the TLBs at the regimes that the mode and mstatus have now.
void update_regimes(Core& core);
/// Whose rights loads and stores have now (MPRV).
Privilege data_privilege(const Core& core);

}  // namespace roost::rv64
