// The room: integer loads and stores, and the TLB hit path that all loads and stores share.
// Not here: misses (memory_access), FP values (exec_f), atomics (exec_a).
// Rules: the hit path makes no call, and the miss is a jump to a function of its own, so that hits save no registers.
#pragma once

#include <cstdint>

#include "vmm/rv64/dispatch.hpp"
#include "vmm/rv64/exec_flow.hpp"
#include "vmm/rv64/exec_i.hpp"
#include "vmm/rv64/host_memory.hpp"
#include "vmm/rv64/memory_access.hpp"

namespace roost::rv64 {

/// One comparison asks for the page, the rights and the alignment.
template <typename T>
[[gnu::always_inline]] inline bool hits(const TlbEntry& entry, std::uint64_t address) {
  return entry.tag == (address & (kPageMask | (sizeof(T) - 1)));
}
[[gnu::always_inline]] inline const TlbEntry& tlb_entry(const TlbEntry* tlb, std::uint64_t address) {
  return tlb[(address / kPageSize) % kTlbEntries];
}

[[gnu::always_inline]] inline std::uint64_t effective_address(const Core& core, const Op* op) {
  return core.x[op->rs1] + widen(op->imm);
}

inline Cursor raise_access(Core& core, const Op* op, std::int64_t budget) {
  return raise(core, op, budget, core.fault_cause, core.fault_address);
}

template <typename T, unsigned Slots>
[[gnu::noinline]] Cursor load_missed(Core& core, const Op* op, std::int64_t budget) {
  const Loaded loaded = load_slow(core, effective_address(core, op), sizeof(T));
  if (!loaded.ok) return raise_access(core, op, budget);
  core.x[op->rd] = static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<T>(loaded.value)));
  return next<Slots>(core, op, budget);
}

/// T's signedness is the instruction's.
template <typename T, unsigned Slots, typename Observer>
Cursor load(Core& core, const Op* op, std::int64_t budget) {
  const std::uint64_t address = effective_address(core, op);
  const TlbEntry& entry = tlb_entry(core.load_tlb, address);
  if (!hits<T>(entry, address)) [[unlikely]] return load_missed<T, Slots>(core, op, budget);
  const std::uint64_t host = address + entry.addend;
  if (!Observer::reads(core, host)) [[unlikely]] return observe_and_retry(core, op, budget, host, Touch::Load);
  core.x[op->rd] = static_cast<std::uint64_t>(static_cast<std::int64_t>(load_host<T>(host)));
  return next<Slots>(core, op, budget);
}

template <unsigned Slots>
[[gnu::always_inline]] inline Cursor finish_store(Core& core, const Op* op, std::int64_t budget, Stored stored) {
  if (stored == Stored::Done) return next<Slots>(core, op, budget);
  if (stored == Stored::Faulted) return raise_access(core, op, budget);
  return after_outside_store(core, core.pc_of(op) + 2 * Slots, budget - 1);
}

template <typename T, unsigned Slots>
[[gnu::noinline]] Cursor store_missed(Core& core, const Op* op, std::int64_t budget) {
  const T value = static_cast<T>(core.x[op->rs2]);
  return finish_store<Slots>(core, op, budget, store_slow(core, effective_address(core, op), sizeof(T), value));
}

template <typename T, unsigned Slots, typename Observer>
Cursor store(Core& core, const Op* op, std::int64_t budget) {
  const std::uint64_t address = effective_address(core, op);
  const TlbEntry& entry = tlb_entry(core.store_tlb, address);
  if (!hits<T>(entry, address)) [[unlikely]] return store_missed<T, Slots>(core, op, budget);
  const std::uint64_t host = address + entry.addend;
  if (!Observer::writes(core, host)) [[unlikely]] return observe_and_retry(core, op, budget, host, Touch::Store);
  store_host<T>(host, static_cast<T>(core.x[op->rs2]));
  return next<Slots>(core, op, budget);
}

}  // namespace roost::rv64
