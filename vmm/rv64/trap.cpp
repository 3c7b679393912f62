#include "vmm/rv64/trap.hpp"

#include <array>

namespace roost::rv64 {

namespace {

constexpr std::uint64_t kInterrupt = 1ULL << 63;

std::uint64_t vector_address(std::uint64_t tvec, std::uint64_t cause) {
  const bool vectored = (tvec & 1) != 0 && (cause & kInterrupt) != 0;
  return (tvec & ~3ULL) + (vectored ? 4 * (cause & ~kInterrupt) : 0);
}

void enter_machine(Core& core, std::uint64_t epc, std::uint64_t cause, std::uint64_t value) {
  Csrs& c = core.csr;
  const std::uint64_t old = c.mstatus;
  c.mstatus &= ~(mstatus::kMpie | mstatus::kMie | mstatus::kMpp);
  if ((old & mstatus::kMie) != 0) c.mstatus |= mstatus::kMpie;
  c.mstatus |= static_cast<std::uint64_t>(core.privilege) << mstatus::kMppShift;
  c.mepc = epc;
  c.mcause = cause;
  c.mtval = value;
  core.privilege = Privilege::Machine;
  core.pc = vector_address(c.mtvec, cause);
}

void enter_supervisor(Core& core, std::uint64_t epc, std::uint64_t cause, std::uint64_t value) {
  Csrs& c = core.csr;
  const std::uint64_t old = c.mstatus;
  c.mstatus &= ~(mstatus::kSpie | mstatus::kSie | mstatus::kSpp);
  if ((old & mstatus::kSie) != 0) c.mstatus |= mstatus::kSpie;
  if (core.privilege == Privilege::Supervisor) c.mstatus |= mstatus::kSpp;
  c.sepc = epc;
  c.scause = cause;
  c.stval = value;
  core.privilege = Privilege::Supervisor;
  core.pc = vector_address(c.stvec, cause);
}

void enter(Core& core, std::uint64_t cause, std::uint64_t delegated, std::uint64_t epc, std::uint64_t value) {
  core.reservation.valid = false;
  const bool to_supervisor = core.privilege != Privilege::Machine && (delegated >> (cause & 63) & 1) != 0;
  to_supervisor ? enter_supervisor(core, epc, cause, value) : enter_machine(core, epc, cause, value);
  update_regimes(core);
}

}  // namespace

void take_exception(Core& core, std::uint64_t epc, Cause cause, std::uint64_t value) {
  enter(core, static_cast<std::uint64_t>(cause), core.csr.medeleg, epc, value);
}

void take_pending_interrupt(Core& core) {
  const std::uint64_t pending = pending_interrupts(core) & core.csr.mie;
  if (pending == 0) return;
  const bool machine_on = core.privilege != Privilege::Machine || (core.csr.mstatus & mstatus::kMie) != 0;
  const bool supervisor_on = core.privilege == Privilege::User ||
                             (core.privilege == Privilege::Supervisor && (core.csr.mstatus & mstatus::kSie) != 0);
  std::uint64_t ready = machine_on ? pending & ~core.csr.mideleg : 0;
  if (ready == 0 && supervisor_on) ready = pending & core.csr.mideleg;
  for (const unsigned line : {kMeip, kMsip, kMtip, kSeip, kSsip, kStip}) {  // priv 3.1.9: in this order
    if ((ready >> line & 1) == 0) continue;
    enter(core, kInterrupt | line, core.csr.mideleg, core.pc, 0);
    return;
  }
}

void return_from_machine(Core& core) {
  Csrs& c = core.csr;
  const std::uint64_t old = c.mstatus;
  core.privilege = static_cast<Privilege>((old & mstatus::kMpp) >> mstatus::kMppShift);
  c.mstatus &= ~(mstatus::kMie | mstatus::kMpp);  // MPP becomes U
  if ((old & mstatus::kMpie) != 0) c.mstatus |= mstatus::kMie;
  c.mstatus |= mstatus::kMpie;
  if (core.privilege != Privilege::Machine) c.mstatus &= ~mstatus::kMprv;
  core.pc = c.mepc;
  core.reservation.valid = false;
}

void return_from_supervisor(Core& core) {
  Csrs& c = core.csr;
  const std::uint64_t old = c.mstatus;
  core.privilege = (old & mstatus::kSpp) != 0 ? Privilege::Supervisor : Privilege::User;
  c.mstatus &= ~(mstatus::kSie | mstatus::kSpp | mstatus::kMprv);
  if ((old & mstatus::kSpie) != 0) c.mstatus |= mstatus::kSie;
  c.mstatus |= mstatus::kSpie;
  core.pc = c.sepc;
  core.reservation.valid = false;
}

std::uint64_t pending_interrupts(const Core& core) {
  const bool timer = core.ticks >= core.timer_compare.load();
  return core.csr.mip_software | core.lines.load() | std::uint64_t{timer} << kMtip;
}

Time refresh_ticks(Core& core) {
  const Time now = core.environment.clock->now();
  const std::int64_t since_boot = nanoseconds(now - core.environment.boot);
  core.ticks = since_boot > 0 ? static_cast<std::uint64_t>(since_boot) / 100 : 0;
  return now;
}

Privilege data_privilege(const Core& core) {
  if (core.privilege != Privilege::Machine || (core.csr.mstatus & mstatus::kMprv) == 0) return core.privilege;
  return static_cast<Privilege>((core.csr.mstatus & mstatus::kMpp) >> mstatus::kMppShift);
}

void update_regimes(Core& core) {
  const Privilege data = data_privilege(core);
  Regime regime = Regime::Machine;
  if (data == Privilege::User) regime = Regime::User;
  if (data == Privilege::Supervisor)
    regime = (core.csr.mstatus & mstatus::kSum) != 0 ? Regime::SupervisorSum : Regime::Supervisor;
  core.regime = regime;
  core.load_tlb = core.data_tlbs.load[static_cast<std::size_t>(regime)].entries();
  core.store_tlb = core.data_tlbs.store[static_cast<std::size_t>(regime)].entries();
  core.fetch_set =
      &core.fetch_sets[core.privilege == Privilege::Machine ? 2 : static_cast<std::size_t>(core.privilege)];
}

}  // namespace roost::rv64
