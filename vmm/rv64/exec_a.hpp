// The room: RV64A: LR/SC and the AMOs (unpriv 8), atomic between harts because they are the host's own atomics.
// Rules: every AMO and every successful SC is sequentially consistent, whatever its aq and rl bits: free on x86. SC
// succeeds if memory still holds what the LR before it, of the same width, saw there. A store of another hart that was
// undone in between goes unnoticed (the ABA case): software written for LR/SC alone, and not for compare-and-swap,
// could tell.
// Deviations: an AMO on a device is a read and a write, not one transaction; LR and SC on devices fault.
#pragma once

#include <atomic>
#include <cstdint>
#include <type_traits>

#include "vmm/rv64/exec_memory.hpp"

namespace roost::rv64 {

enum class Amo { Swap, Add, Xor, And, Or, Min, Max, Minu, Maxu };

template <Amo Kind, typename T>
constexpr T amo_result(T old, T operand) {
  using Signed = std::make_signed_t<T>;
  switch (Kind) {
    case Amo::Swap: return operand;
    case Amo::Add: return static_cast<T>(old + operand);
    case Amo::Xor: return old ^ operand;
    case Amo::And: return old & operand;
    case Amo::Or: return old | operand;
    case Amo::Min: return static_cast<Signed>(old) < static_cast<Signed>(operand) ? old : operand;
    case Amo::Max: return static_cast<Signed>(old) > static_cast<Signed>(operand) ? old : operand;
    case Amo::Minu: return old < operand ? old : operand;
    case Amo::Maxu: return old > operand ? old : operand;
  }
  return old;
}

/// T is unsigned; `host` is aligned.
template <Amo Kind, typename T>
inline T amo_host(std::uint64_t host, T operand) {
  const std::atomic_ref<T> memory(*reinterpret_cast<T*>(host));
  if constexpr (Kind == Amo::Swap) return memory.exchange(operand);
  if constexpr (Kind == Amo::Add) return memory.fetch_add(operand);
  T old = memory.load(std::memory_order_relaxed);
  while (!memory.compare_exchange_weak(old, amo_result<Kind, T>(old, operand))) {
  }
  return old;
}

template <typename T>
constexpr std::uint64_t sign_extended(T value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::make_signed_t<T>>(value)));
}

/// Where an atomic that the TLB did not know goes. core.fault_cause is None if it may go there.
struct AtomicPlace {
  std::uint64_t physical = 0;
  std::uint64_t host = 0;  // 0: a device
};
AtomicPlace amo_place(Core& core, std::uint64_t address, unsigned size);
/// Does memory still hold what the LR saw there?
bool is_reserved(const Reservation& reservation);
/// For LR (Load) and SC (Store): in RAM, or it is a fault.
AtomicPlace reserved_place(Core& core, std::uint64_t address, unsigned size, Access access);

/// An AMO's new value for what a device register read as `old`.
using AmoFunction = std::uint64_t (*)(std::uint64_t old, std::uint64_t operand);
struct DeviceAmo {
  std::uint64_t old = 0;
  bool ok = false;
};
DeviceAmo amo_device(Core& core, const Op* op, unsigned size, std::uint64_t physical, AmoFunction apply);

template <Amo Kind, typename T>
std::uint64_t amo_widened(std::uint64_t old, std::uint64_t operand) {
  return amo_result<Kind, T>(static_cast<T>(old), static_cast<T>(operand));
}

template <Amo Kind, typename T>
[[gnu::noinline]] Cursor amo_missed(Core& core, const Op* op, std::int64_t budget) {
  const std::uint64_t address = core.x[op->rs1];
  const AtomicPlace at = amo_place(core, address, sizeof(T));
  if (core.fault_cause != Cause::None) return raise_access(core, op, budget);
  if (at.host == 0) {
    const DeviceAmo done = amo_device(core, op, sizeof(T), at.physical, &amo_widened<Kind, T>);
    if (!done.ok) return raise_access(core, op, budget);
    core.x[op->rd] = sign_extended(static_cast<T>(done.old));
    return after_outside_store(core, core.pc_of(op) + 4, budget - 1);
  }
  core.x[op->rd] = sign_extended(amo_host<Kind, T>(at.host, static_cast<T>(core.x[op->rs2])));
  if (!tell_tohost(core, at.physical, sizeof(T))) return next<2>(core, op, budget);
  return after_outside_store(core, core.pc_of(op) + 4, budget - 1);
}

template <Amo Kind, typename T, typename Observer>
Cursor amo(Core& core, const Op* op, std::int64_t budget) {
  const std::uint64_t address = core.x[op->rs1];
  const TlbEntry& entry = tlb_entry(core.store_tlb, address);
  if (!hits<T>(entry, address)) [[unlikely]] return amo_missed<Kind, T>(core, op, budget);
  const std::uint64_t host = address + entry.addend;
  if (!Observer::writes(core, host)) [[unlikely]] return observe_and_retry(core, op, budget, host, Touch::Atomic);
  core.x[op->rd] = sign_extended(amo_host<Kind, T>(host, static_cast<T>(core.x[op->rs2])));
  return next<2>(core, op, budget);
}

template <typename T, typename Observer>
Cursor load_reserved(Core& core, const Op* op, std::int64_t budget) {
  const std::uint64_t address = core.x[op->rs1];
  const TlbEntry& entry = tlb_entry(core.load_tlb, address);
  core.reservation.valid = false;
  std::uint64_t host = address + entry.addend;
  if (!hits<T>(entry, address)) [[unlikely]] {
    host = reserved_place(core, address, sizeof(T), Access::Load).host;
    if (core.fault_cause != Cause::None) return raise_access(core, op, budget);
  } else if (!Observer::reads(core, host)) {
    return observe_and_retry(core, op, budget, host, Touch::Load);
  }
  const T value = std::atomic_ref<T>(*reinterpret_cast<T*>(host)).load();
  core.reservation = {true, host, value, sizeof(T)};
  core.x[op->rd] = sign_extended(value);
  return next<2>(core, op, budget);
}

template <typename T, typename Observer>
Cursor store_conditional(Core& core, const Op* op, std::int64_t budget) {
  const std::uint64_t address = core.x[op->rs1];
  const TlbEntry& entry = tlb_entry(core.store_tlb, address);
  AtomicPlace at{0, address + entry.addend};
  const bool known = hits<T>(entry, address);
  const Reservation reserved = core.reservation;
  if (!known && (reserved.valid || address % sizeof(T) != 0)) {
    at = reserved_place(core, address, sizeof(T), Access::Store);
    if (core.fault_cause != Cause::None) return raise_access(core, op, budget);
  }
  if (known && reserved.valid && !Observer::writes(core, at.host))
    return observe_and_retry(core, op, budget, at.host, Touch::Atomic);
  core.reservation.valid = false;
  bool stored = false;
  if (reserved.valid && reserved.host == at.host && reserved.size == sizeof(T)) {
    T expected = static_cast<T>(reserved.value);
    const std::atomic_ref<T> memory(*reinterpret_cast<T*>(at.host));
    stored = memory.compare_exchange_strong(expected, static_cast<T>(core.x[op->rs2]));
  }
  core.x[op->rd] = stored ? 0 : 1;
  if (!stored || known || !tell_tohost(core, at.physical, sizeof(T))) return next<2>(core, op, budget);
  return after_outside_store(core, core.pc_of(op) + 4, budget - 1);
}

}  // namespace roost::rv64
