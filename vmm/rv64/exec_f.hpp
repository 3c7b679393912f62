// The room: the F and D extensions (unpriv 11, 12): registers, NaN boxing, rounding modes and flags around fp's
// functions.
// Not here: arithmetic (fp), which encoding means which (decode_fp).
// Rules: every instruction is illegal while mstatus.FS is off; what writes an f register, or raises a flag that was not
// up, makes it dirty. A handler is a template over its format: fp::S or fp::D.
#pragma once

#include <cstdint>
#include <type_traits>

#include "vmm/rv64/exec_memory.hpp"
#include "vmm/rv64/fp.hpp"

namespace roost::rv64 {

template <typename F>
typename F::Bits read_f(const Core& core, unsigned reg) {
  if constexpr (std::is_same_v<F, fp::S>) return fp::unbox(core.f[reg]);
  else return core.f[reg];
}

template <typename F>
void write_f(Core& core, unsigned reg, typename F::Bits value) {
  core.csr.mstatus |= mstatus::kFs;
  if constexpr (std::is_same_v<F, fp::S>) core.f[reg] = fp::box(value);
  else core.f[reg] = value;
}

/// An x register gets a result whose operation may have raised flags.
inline void write_x(Core& core, const Op* op, std::uint64_t value, std::uint32_t flags_before) {
  core.x[op->rd] = value;
  if (core.fflags != flags_before) core.csr.mstatus |= mstatus::kFs;
}

inline bool fp_is_off(const Core& core) { return (core.csr.mstatus & mstatus::kFs) == 0; }

inline constexpr std::uint32_t kDynamicRounding = 7;  // in imm: frm decides
/// Also false for a dynamic rounding mode that is none.
inline bool rounding_usable(const Core& core, const Op* op) {
  return !fp_is_off(core) && (op->imm != kDynamicRounding || core.csr.frm <= 4);
}
inline fp::Rounding rounding_of(const Core& core, const Op* op) {
  return static_cast<fp::Rounding>(op->imm == kDynamicRounding ? core.csr.frm : static_cast<std::uint32_t>(op->imm));
}

// ---- with a rounding mode ----

template <typename F, auto Function>
Cursor fp_binary(Core& core, const Op* op, std::int64_t budget) {
  if (!rounding_usable(core, op)) return raise_illegal(core, op, budget);
  const auto a = read_f<F>(core, op->rs1), b = read_f<F>(core, op->rs2);
  write_f<F>(core, op->rd, Function(a, b, rounding_of(core, op), core.fflags));
  return next<2>(core, op, budget);
}

template <typename F>
Cursor fp_sqrt(Core& core, const Op* op, std::int64_t budget) {
  if (!rounding_usable(core, op)) return raise_illegal(core, op, budget);
  write_f<F>(core, op->rd, fp::sqrt<F>(read_f<F>(core, op->rs1), rounding_of(core, op), core.fflags));
  return next<2>(core, op, budget);
}

template <typename F, auto Function>
Cursor fp_fused(Core& core, const Op* op, std::int64_t budget) {
  if (!rounding_usable(core, op)) return raise_illegal(core, op, budget);
  const auto a = read_f<F>(core, op->rs1), b = read_f<F>(core, op->rs2), c = read_f<F>(core, op->aux);
  write_f<F>(core, op->rd, Function(a, b, c, rounding_of(core, op), core.fflags));
  return next<2>(core, op, budget);
}

/// The 32-bit results, unsigned ones too, are sign-extended.
template <typename F, auto Function>
Cursor fp_to_integer(Core& core, const Op* op, std::int64_t budget) {
  if (!rounding_usable(core, op)) return raise_illegal(core, op, budget);
  const std::uint32_t flags = core.fflags;
  const auto result = Function(read_f<F>(core, op->rs1), rounding_of(core, op), core.fflags);
  const auto value = static_cast<std::uint64_t>(result);
  write_x(core, op, sizeof(result) == 4 ? word(value) : value, flags);
  return next<2>(core, op, budget);
}

template <typename F, typename Integer>
Cursor fp_from_integer(Core& core, const Op* op, std::int64_t budget) {
  if (!rounding_usable(core, op)) return raise_illegal(core, op, budget);
  const auto value = static_cast<Integer>(core.x[op->rs1]);
  const fp::Rounding rounding = rounding_of(core, op);
  if constexpr (std::is_signed_v<Integer>) write_f<F>(core, op->rd, fp::from_int<F>(value, rounding, core.fflags));
  else write_f<F>(core, op->rd, fp::from_uint<F>(value, rounding, core.fflags));
  return next<2>(core, op, budget);
}

inline Cursor fp_narrow(Core& core, const Op* op, std::int64_t budget) {  // fcvt.s.d
  if (!rounding_usable(core, op)) return raise_illegal(core, op, budget);
  write_f<fp::S>(core, op->rd, fp::to_single(core.f[op->rs1], rounding_of(core, op), core.fflags));
  return next<2>(core, op, budget);
}

inline Cursor fp_widen(Core& core, const Op* op, std::int64_t budget) {  // fcvt.d.s
  if (!rounding_usable(core, op)) return raise_illegal(core, op, budget);
  write_f<fp::D>(core, op->rd, fp::to_double(read_f<fp::S>(core, op->rs1), core.fflags));
  return next<2>(core, op, budget);
}

// ---- without ----

template <typename F, auto Function>
Cursor fp_min_max(Core& core, const Op* op, std::int64_t budget) {
  if (fp_is_off(core)) return raise_illegal(core, op, budget);
  write_f<F>(core, op->rd, Function(read_f<F>(core, op->rs1), read_f<F>(core, op->rs2), core.fflags));
  return next<2>(core, op, budget);
}

template <typename F, auto Function>
Cursor fp_compare(Core& core, const Op* op, std::int64_t budget) {
  if (fp_is_off(core)) return raise_illegal(core, op, budget);
  const std::uint32_t flags = core.fflags;
  const bool holds = Function(read_f<F>(core, op->rs1), read_f<F>(core, op->rs2), core.fflags);
  write_x(core, op, holds ? 1 : 0, flags);
  return next<2>(core, op, budget);
}

template <typename F>
Cursor fp_classify(Core& core, const Op* op, std::int64_t budget) {
  if (fp_is_off(core)) return raise_illegal(core, op, budget);
  core.x[op->rd] = fp::classify<F>(read_f<F>(core, op->rs1));
  return next<2>(core, op, budget);
}

enum class Sign { Copy, Negate, Xor };

template <typename F, Sign How>
Cursor fp_sign(Core& core, const Op* op, std::int64_t budget) {
  if (fp_is_off(core)) return raise_illegal(core, op, budget);
  const auto a = read_f<F>(core, op->rs1);
  auto sign = read_f<F>(core, op->rs2);
  if constexpr (How == Sign::Negate) sign = ~sign;
  if constexpr (How == Sign::Xor) sign ^= a;
  write_f<F>(core, op->rd, (a & ~F::kSign) | (sign & F::kSign));
  return next<2>(core, op, budget);
}

template <typename F>
Cursor fp_move_to_x(Core& core, const Op* op, std::int64_t budget) {  // raw: no look at the boxing
  if (fp_is_off(core)) return raise_illegal(core, op, budget);
  const std::uint64_t raw = core.f[op->rs1];
  core.x[op->rd] = std::is_same_v<F, fp::S> ? word(raw) : raw;
  return next<2>(core, op, budget);
}

template <typename F>
Cursor fp_move_from_x(Core& core, const Op* op, std::int64_t budget) {
  if (fp_is_off(core)) return raise_illegal(core, op, budget);
  write_f<F>(core, op->rd, static_cast<typename F::Bits>(core.x[op->rs1]));
  return next<2>(core, op, budget);
}

// ---- memory ----

template <typename F, unsigned Slots>
[[gnu::noinline]] Cursor fp_load_missed(Core& core, const Op* op, std::int64_t budget) {
  const Loaded loaded = load_slow(core, effective_address(core, op), sizeof(typename F::Bits));
  if (!loaded.ok) return raise_access(core, op, budget);
  write_f<F>(core, op->rd, static_cast<typename F::Bits>(loaded.value));
  return next<Slots>(core, op, budget);
}

template <typename F, unsigned Slots, typename Observer>
Cursor fp_load(Core& core, const Op* op, std::int64_t budget) {
  using Bits = typename F::Bits;
  if (fp_is_off(core)) [[unlikely]] return raise_illegal(core, op, budget);
  const std::uint64_t address = effective_address(core, op);
  const TlbEntry& entry = tlb_entry(core.load_tlb, address);
  if (!hits<Bits>(entry, address)) [[unlikely]] return fp_load_missed<F, Slots>(core, op, budget);
  const std::uint64_t host = address + entry.addend;
  if (!Observer::reads(core, host)) [[unlikely]] return observe_and_retry(core, op, budget, host, Touch::Load);
  write_f<F>(core, op->rd, load_host<Bits>(host));
  return next<Slots>(core, op, budget);
}

template <typename F, unsigned Slots>
[[gnu::noinline]] Cursor fp_store_missed(Core& core, const Op* op, std::int64_t budget) {
  using Bits = typename F::Bits;
  const auto value = static_cast<Bits>(core.f[op->rs2]);
  return finish_store<Slots>(core, op, budget, store_slow(core, effective_address(core, op), sizeof(Bits), value));
}

template <typename F, unsigned Slots, typename Observer>
Cursor fp_store(Core& core, const Op* op, std::int64_t budget) {
  using Bits = typename F::Bits;
  if (fp_is_off(core)) [[unlikely]] return raise_illegal(core, op, budget);
  const std::uint64_t address = effective_address(core, op);
  const TlbEntry& entry = tlb_entry(core.store_tlb, address);
  if (!hits<Bits>(entry, address)) [[unlikely]] return fp_store_missed<F, Slots>(core, op, budget);
  const std::uint64_t host = address + entry.addend;
  if (!Observer::writes(core, host)) [[unlikely]] return observe_and_retry(core, op, budget, host, Touch::Store);
  store_host<Bits>(host, static_cast<Bits>(core.f[op->rs2]));
  return next<Slots>(core, op, budget);
}

}  // namespace roost::rv64
