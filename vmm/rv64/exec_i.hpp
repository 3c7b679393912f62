// The room: RV64I: what its computational and control instructions do (unpriv 2, 5).
// Not here: loads and stores (exec_memory), which encoding means which (decode).
#pragma once

#include <cstdint>

#include "vmm/rv64/dispatch.hpp"
#include "vmm/rv64/exec_flow.hpp"

namespace roost::rv64 {

/// A 32-bit result, sign-extended: what every W instruction gives.
constexpr std::uint64_t word(std::uint64_t value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
}
constexpr std::int64_t as_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }
constexpr std::uint64_t widen(std::int32_t immediate) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(immediate));
}

using Binary = std::uint64_t (*)(std::uint64_t, std::uint64_t);
using Condition = bool (*)(std::uint64_t, std::uint64_t);

namespace op_i {
constexpr std::uint64_t add(std::uint64_t a, std::uint64_t b) { return a + b; }
constexpr std::uint64_t sub(std::uint64_t a, std::uint64_t b) { return a - b; }
constexpr std::uint64_t sll(std::uint64_t a, std::uint64_t b) { return a << (b & 63); }
constexpr std::uint64_t slt(std::uint64_t a, std::uint64_t b) { return as_signed(a) < as_signed(b); }
constexpr std::uint64_t sltu(std::uint64_t a, std::uint64_t b) { return a < b; }
constexpr std::uint64_t xor_(std::uint64_t a, std::uint64_t b) { return a ^ b; }
constexpr std::uint64_t srl(std::uint64_t a, std::uint64_t b) { return a >> (b & 63); }
constexpr std::uint64_t sra(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>(as_signed(a) >> (b & 63));
}
constexpr std::uint64_t or_(std::uint64_t a, std::uint64_t b) { return a | b; }
constexpr std::uint64_t and_(std::uint64_t a, std::uint64_t b) { return a & b; }
constexpr std::uint64_t addw(std::uint64_t a, std::uint64_t b) { return word(a + b); }
constexpr std::uint64_t subw(std::uint64_t a, std::uint64_t b) { return word(a - b); }
constexpr std::uint64_t sllw(std::uint64_t a, std::uint64_t b) { return word(a << (b & 31)); }
constexpr std::uint64_t srlw(std::uint64_t a, std::uint64_t b) {
  return word(static_cast<std::uint32_t>(a) >> (b & 31));
}
constexpr std::uint64_t sraw(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(a) >> (b & 31)});
}
constexpr bool eq(std::uint64_t a, std::uint64_t b) { return a == b; }
constexpr bool ne(std::uint64_t a, std::uint64_t b) { return a != b; }
constexpr bool lt(std::uint64_t a, std::uint64_t b) { return as_signed(a) < as_signed(b); }
constexpr bool ge(std::uint64_t a, std::uint64_t b) { return as_signed(a) >= as_signed(b); }
constexpr bool ltu(std::uint64_t a, std::uint64_t b) { return a < b; }
constexpr bool geu(std::uint64_t a, std::uint64_t b) { return a >= b; }
}  // namespace op_i

template <Binary F, unsigned Slots>
Cursor register_register(Core& core, const Op* op, std::int64_t budget) {
  core.x[op->rd] = F(core.x[op->rs1], core.x[op->rs2]);
  return next<Slots>(core, op, budget);
}

template <Binary F, unsigned Slots>
Cursor register_immediate(Core& core, const Op* op, std::int64_t budget) {
  core.x[op->rd] = F(core.x[op->rs1], widen(op->imm));
  return next<Slots>(core, op, budget);
}

/// lui, and addi to x0.
template <unsigned Slots>
Cursor load_immediate(Core& core, const Op* op, std::int64_t budget) {
  core.x[op->rd] = widen(op->imm);
  return next<Slots>(core, op, budget);
}

template <unsigned Slots>
Cursor move_register(Core& core, const Op* op, std::int64_t budget) {
  core.x[op->rd] = core.x[op->rs1];
  return next<Slots>(core, op, budget);
}

template <unsigned Slots>
Cursor auipc(Core& core, const Op* op, std::int64_t budget) {
  core.x[op->rd] = core.pc_of(op) + widen(op->imm);
  return next<Slots>(core, op, budget);
}

template <unsigned Slots>
Cursor nop(Core& core, const Op* op, std::int64_t budget) {
  return next<Slots>(core, op, budget);
}

template <unsigned Slots, typename Observer>
Cursor jal_near(Core& core, const Op* op, std::int64_t budget) {
  core.x[op->rd] = core.pc_of(op) + 2 * Slots;
  return jump_near<Observer>(core, op, op->imm, budget);
}

template <unsigned Slots, typename Observer>
Cursor j_near(Core& core, const Op* op, std::int64_t budget) {  // jal x0
  return jump_near<Observer>(core, op, op->imm, budget);
}

template <unsigned Slots, typename Observer>
Cursor jal_far(Core& core, const Op* op, std::int64_t budget) {
  const std::uint64_t pc = core.pc_of(op);
  core.x[op->rd] = pc + 2 * Slots;
  return jump<Observer>(core, pc + widen(op->imm), budget);
}

template <unsigned Slots, typename Observer>
Cursor jalr(Core& core, const Op* op, std::int64_t budget) {
  const std::uint64_t target = (core.x[op->rs1] + widen(op->imm)) & ~1ULL;
  core.x[op->rd] = core.pc_of(op) + 2 * Slots;
  return jump<Observer>(core, target, budget);
}

template <unsigned Slots, typename Observer>
Cursor jr(Core& core, const Op* op, std::int64_t budget) {  // jalr x0
  return jump<Observer>(core, (core.x[op->rs1] + widen(op->imm)) & ~1ULL, budget);
}

template <Condition F, unsigned Slots, typename Observer>
Cursor branch_near(Core& core, const Op* op, std::int64_t budget) {
  if (F(core.x[op->rs1], core.x[op->rs2])) return jump_near<Observer>(core, op, op->imm, budget);
  return next<Slots>(core, op, budget);
}

template <Condition F, unsigned Slots, typename Observer>
Cursor branch_far(Core& core, const Op* op, std::int64_t budget) {
  if (F(core.x[op->rs1], core.x[op->rs2])) return jump<Observer>(core, core.pc_of(op) + widen(op->imm), budget);
  return next<Slots>(core, op, budget);
}

inline Cursor illegal(Core& core, const Op* op, std::int64_t budget) { return raise_illegal(core, op, budget); }

}  // namespace roost::rv64
