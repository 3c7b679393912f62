#include "vmm/rv64/exec_flow.hpp"

#include "vmm/rv64/decode.hpp"
#include "vmm/rv64/dispatch.hpp"
#include "vmm/rv64/encoding.hpp"
#include "vmm/rv64/fetch.hpp"
#include "vmm/rv64/trap.hpp"

namespace roost::rv64 {

namespace {

Cursor raise_at(Core& core, std::uint64_t pc, std::int64_t budget, Fault fault) {
  ++core.traps;
  take_exception(core, pc, fault.cause, fault.address);
  return resume(core, core.pc, budget - 1);
}

/// Runs the one instruction at `pc` outside of any decoded page.
Cursor run_single(Core& core, std::uint64_t pc, std::int64_t budget) {
  const Fault fault = fetch_single(core, pc);
  if (fault.cause != Cause::None) return raise_at(core, pc, budget, fault);
  return dispatch(core, core.code, budget);
}

/// In core.page, which was entered just now.
[[gnu::always_inline]] inline Cursor go_on_at(Core& core, const Op* op, std::int64_t budget) {
  if (core.watch.observer != nullptr) [[unlikely]] {
    Observed::enter_page(core);
    if (!Observed::fetches(core, op)) return observe_fetch_and_go(core, op, budget);
  }
  return dispatch(core, op, budget);
}

Cursor enter_missed(Core& core, std::uint64_t pc, std::int64_t budget) {
  if (budget == 0) return resume(core, pc, budget);  // whatever happens here takes a step
  const FoundCode found = find_code(core, pc);
  if (found.fault != Cause::None) return raise_at(core, pc, budget, {pc, found.fault});
  if (found.page == nullptr) return run_single(core, pc, budget);
  (*core.fetch_set)[(pc / kPageSize) % kFetchEntries] = {pc & kPageMask, found.page};
  core.page = found.page;
  core.code = found.page->ops.data();
  core.code_va = pc & kPageMask;
  return go_on_at(core, core.code + (pc % kPageSize) / 2, budget);
}

Cursor enter(Core& core, std::uint64_t pc, std::int64_t budget) {
  const FetchEntry& entry = (*core.fetch_set)[(pc / kPageSize) % kFetchEntries];
  if (entry.tag != (pc & kPageMask)) return enter_missed(core, pc, budget);
  core.page = entry.page;
  core.code = entry.page->ops.data();
  core.code_va = entry.tag;
  return go_on_at(core, core.code + (pc % kPageSize) / 2, budget);
}

}  // namespace

Cursor decode_and_run(Core& core, const Op* op, std::int64_t budget) {
  const auto slot = static_cast<std::size_t>(op - core.code);
  const bool observed = core.watch.observer != nullptr;
  core.code[slot] = decode_slot(*core.page, slot, observed);
  if (observed) wrap_line_entry(*core.page, slot);
  return dispatch(core, op, budget);
}

Cursor leave_page(Core& core, const Op* op, std::int64_t budget) { return enter(core, core.pc_of(op), budget); }

Cursor run_across_pages(Core& core, const Op* op, std::int64_t budget) {
  return run_single(core, core.pc_of(op), budget);
}

Cursor jump_far(Core& core, std::uint64_t pc, std::int64_t budget) {
  if (core.doorbell->load(std::memory_order_relaxed) != 0) return leave_engine(core, pc, budget, ExitWhy::Kicked);
  return enter(core, pc, budget);
}

Cursor leave_kicked(Core& core, const Op* op, std::int64_t budget) {
  return leave_engine(core, core.pc_of(op), budget, ExitWhy::Kicked);
}

Cursor resume(Core& core, std::uint64_t pc, std::int64_t budget) {
  core.code = core.landing.data();
  core.code_va = pc;
  return dispatch(core, core.code, budget);
}

Cursor resync(Core& core, std::uint64_t pc, std::int64_t budget) {
  core.pc = pc;
  update_regimes(core);
  take_pending_interrupt(core);
  return resume(core, core.pc, budget);
}

Cursor after_outside_store(Core& core, std::uint64_t next_pc, std::int64_t budget) {
  const std::atomic<bool>* stopped = core.environment.stopped;
  if (stopped != nullptr && stopped->load()) return leave_engine(core, next_pc, budget, ExitWhy::Stopped);
  return resync(core, next_pc, budget);
}

Cursor raise(Core& core, const Op* op, std::int64_t budget, Cause cause, std::uint64_t value) {
  return raise_at(core, core.pc_of(op), budget, {value, cause});
}

Cursor raise_illegal(Core& core, const Op* op, std::int64_t budget) {
  return raise(core, op, budget, Cause::Illegal, encoding_of(core, op));
}

Cursor leave_engine(Core& core, std::uint64_t pc, std::int64_t budget, ExitWhy why) {
  core.pc = pc;
  core.leave = why;
  core.left = budget;
  return nullptr;
}

std::uint32_t encoding_of(const Core& core, const Op* op) {
  if (core.code == core.single.data()) return core.single_bits;
  const auto slot = static_cast<std::size_t>(op - core.code);
  return encoding_at(*core.page, slot);
}

void flush_fetch(Core& core) {
  for (FetchSet& set : core.fetch_sets) set.fill({kEmptyTag, nullptr});
}

}  // namespace roost::rv64
