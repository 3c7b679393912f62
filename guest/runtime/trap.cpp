#include "guest/runtime/trap.hpp"

#include "guest/runtime/clint.hpp"
#include "guest/runtime/csr.hpp"
#include "guest/runtime/finish.hpp"
#include "guest/runtime/harts.hpp"

extern "C" {
void supervisor_trap_entry();
void enter_supervisor(void (*body)(void*), void* argument);
uint64_t dispatch_trap(guest::Cause cause, uint64_t epc, uint64_t value);
}

namespace guest {
namespace {

constexpr uint64_t kCauses = 16;

struct Handlers {
  TrapHandler exception[kCauses];
  TrapHandler interrupt[kCauses];
};

Handlers handlers;

TrapHandler& handler_of(Cause cause) {
  const auto number = static_cast<uint64_t>(cause);
  TrapHandler* const table = (number & kInterrupt) != 0 ? handlers.interrupt : handlers.exception;
  return table[number % kCauses];
}

/// An IPI that was sent to end a WFI, but came while interrupts were on: its work was done by waking.
void drop_ipi(Trap&) { clear_ipi(hart_id()); }

void return_to_machine(Trap& trap) {
  set_csr<Csr::mstatus>(kMstatusMpp);
  trap.epc += 4;
}

}  // namespace

void on_trap(Cause cause, TrapHandler handler) { handler_of(cause) = handler; }

void run_in_supervisor(void (*body)(void*), void* argument) {
  on_trap(Cause::EcallFromSupervisor, return_to_machine);
  write_csr<Csr::pmpaddr0>(UINT64_MAX);  // one NAPOT region over everything: S mode may read, write and execute
  write_csr<Csr::pmpcfg0>(0x1f);
  write_csr<Csr::stvec>(reinterpret_cast<uint64_t>(&supervisor_trap_entry));
  enter_supervisor(body, argument);
}

}  // namespace guest

uint64_t dispatch_trap(guest::Cause cause, uint64_t epc, uint64_t value) {
  guest::Trap trap{cause, epc, value};
  guest::TrapHandler handler = guest::handler_of(cause);
  if (handler == nullptr && cause == guest::Cause::MachineSoftware) handler = guest::drop_ipi;
  if (handler == nullptr) {
    guest::give_up(guest::ExitCode::UnexpectedTrap, "hart %lu: unexpected trap, cause 0x%lx at 0x%lx, value 0x%lx",
                   guest::hart_id(), static_cast<uint64_t>(cause), epc, value);
  }
  handler(trap);
  return trap.epc;
}
