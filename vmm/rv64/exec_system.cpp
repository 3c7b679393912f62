#include "vmm/rv64/exec_system.hpp"

#include <atomic>

#include "vmm/rv64/csr.hpp"
#include "vmm/rv64/dispatch.hpp"
#include "vmm/rv64/exec_a.hpp"
#include "vmm/rv64/exec_flow.hpp"
#include "vmm/rv64/trap.hpp"

namespace roost::rv64 {

namespace {

bool is_supervisor_with(const Core& core, std::uint64_t trap_bit) {
  return core.privilege == Privilege::Supervisor && (core.csr.mstatus & trap_bit) != 0;
}

}  // namespace

template <CsrAction Action, bool Immediate>
Cursor csr_access(Core& core, const Op* op, std::int64_t budget) {
  const auto number = static_cast<unsigned>(op->imm);
  const bool writes = Action == CsrAction::Write || op->rs1 != 0;
  if (!csr_allowed(core, number, writes)) return raise_illegal(core, op, budget);
  const std::uint64_t operand = Immediate ? op->rs1 : core.x[op->rs1];
  const std::uint64_t old = csr_read(core, number, budget);
  CsrEffect effect = CsrEffect::None;
  if (writes) {
    std::uint64_t value = operand;
    if (Action == CsrAction::Set) value = csr_read_to_modify(core, number, budget) | operand;
    if (Action == CsrAction::Clear) value = csr_read_to_modify(core, number, budget) & ~operand;
    effect = csr_write(core, number, value, budget);
  }
  core.x[op->rd] = old;
  if (effect == CsrEffect::None) return next<2>(core, op, budget);
  return resync(core, core.pc_of(op) + 4, budget - 1);
}

template Cursor csr_access<CsrAction::Write, false>(Core&, const Op*, std::int64_t);
template Cursor csr_access<CsrAction::Write, true>(Core&, const Op*, std::int64_t);
template Cursor csr_access<CsrAction::Set, false>(Core&, const Op*, std::int64_t);
template Cursor csr_access<CsrAction::Set, true>(Core&, const Op*, std::int64_t);
template Cursor csr_access<CsrAction::Clear, false>(Core&, const Op*, std::int64_t);
template Cursor csr_access<CsrAction::Clear, true>(Core&, const Op*, std::int64_t);

Cursor ecall(Core& core, const Op* op, std::int64_t budget) {
  const auto first = static_cast<unsigned>(Cause::EcallFromUser);
  const auto cause = static_cast<Cause>(first + static_cast<unsigned>(core.privilege));
  return raise(core, op, budget, cause, 0);
}

Cursor ebreak(Core& core, const Op* op, std::int64_t budget) { return raise(core, op, budget, Cause::Breakpoint, 0); }

Cursor mret(Core& core, const Op* op, std::int64_t budget) {
  if (core.privilege != Privilege::Machine) return raise_illegal(core, op, budget);
  return_from_machine(core);
  return resync(core, core.pc, budget - 1);
}

Cursor sret(Core& core, const Op* op, std::int64_t budget) {
  if (core.privilege == Privilege::User || is_supervisor_with(core, mstatus::kTsr))
    return raise_illegal(core, op, budget);
  return_from_supervisor(core);
  return resync(core, core.pc, budget - 1);
}

Cursor wfi(Core& core, const Op* op, std::int64_t budget) {
  if (core.privilege == Privilege::User || is_supervisor_with(core, mstatus::kTw))
    return raise_illegal(core, op, budget);
  core.halted = true;  // Hart::run looks at the lines, and goes on here at once if one is up
  return leave_engine(core, core.pc_of(op) + 4, budget - 1, ExitWhy::Halted);
}

Cursor sfence_vma(Core& core, const Op* op, std::int64_t budget) {
  if (core.privilege == Privilege::User || is_supervisor_with(core, mstatus::kTvm))
    return raise_illegal(core, op, budget);
  core.data_tlbs.flush();
  flush_fetch(core);
  return resume(core, core.pc_of(op) + 4, budget - 1);
}

Cursor fence_i(Core& core, const Op* op, std::int64_t budget) {
  core.code_cache.fence_i();
  flush_fetch(core);
  return resume(core, core.pc_of(op) + 4, budget - 1);
}

Cursor fence_full(Core& core, const Op* op, std::int64_t budget) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return next<2>(core, op, budget);
}

Cursor fence_partial(Core& core, const Op* op, std::int64_t budget) {
  std::atomic_thread_fence(std::memory_order_acq_rel);
  return next<2>(core, op, budget);
}

Cursor pause(Core& core, const Op* op, std::int64_t budget) {
  if (--core.pauses > 0) return next<2>(core, op, budget);
  return leave_engine(core, core.pc_of(op) + 4, budget - 1, ExitWhy::Paused);
}

template <Wrs Kind>
Cursor wait_on_reservation(Core& core, const Op* op, std::int64_t budget) {
  const bool stalls = is_reserved(core.reservation) && (pending_interrupts(core) & core.csr.mie) == 0;
  const bool traps = core.privilege != Privilege::Machine && (core.csr.mstatus & mstatus::kTw) != 0;
  if (Kind == Wrs::NoTimeout && stalls && traps) return raise_illegal(core, op, budget);
  core.reservation.valid = false;
  return stalls ? pause(core, op, budget) : next<2>(core, op, budget);
}

template Cursor wait_on_reservation<Wrs::NoTimeout>(Core&, const Op*, std::int64_t);
template Cursor wait_on_reservation<Wrs::ShortTimeout>(Core&, const Op*, std::int64_t);

}  // namespace roost::rv64
