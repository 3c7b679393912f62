#include "vmm/rv64/decode_fp.hpp"

#include <array>

#include "vmm/rv64/exec_f.hpp"

namespace roost::rv64 {

namespace {

constexpr Op kIllegal{&illegal, 0, 0, 0, 0, 0};
constexpr std::uint32_t kSingle = 0, kDouble = 1;  // the fmt field

constexpr std::uint8_t x_destination(std::uint8_t rd) { return rd == 0 ? kSinkRegister : rd; }

Op to_f(Handler run, Instruction in) { return {run, in.rd(), in.rs1(), in.rs2(), 0, 0}; }
Op to_x(Handler run, Instruction in) { return {run, x_destination(in.rd()), in.rs1(), in.rs2(), 0, 0}; }

/// With the rm field in imm; 5 and 6 are reserved.
Op rounded(Op op, Instruction in) {
  op.imm = static_cast<std::int32_t>(in.funct3());
  return op.imm == 5 || op.imm == 6 ? kIllegal : op;
}

/// By funct3, for those that use it as an opcode.
Handler one_of(const std::array<Handler, 3>& handlers, Instruction in) {
  return in.funct3() < handlers.size() ? handlers[in.funct3()] : &illegal;
}

template <typename F>
Op decode_to_integer(Instruction in) {
  static constexpr std::array<Handler, 4> kTable{
      &fp_to_integer<F, fp::to_int32<F>>, &fp_to_integer<F, fp::to_uint32<F>>,
      &fp_to_integer<F, fp::to_int64<F>>, &fp_to_integer<F, fp::to_uint64<F>>};
  return in.rs2() < kTable.size() ? rounded(to_x(kTable[in.rs2()], in), in) : kIllegal;
}

template <typename F>
Op decode_from_integer(Instruction in) {
  static constexpr std::array<Handler, 4> kTable{
      &fp_from_integer<F, std::int32_t>, &fp_from_integer<F, std::uint32_t>,
      &fp_from_integer<F, std::int64_t>, &fp_from_integer<F, std::uint64_t>};
  return in.rs2() < kTable.size() ? rounded(to_f(kTable[in.rs2()], in), in) : kIllegal;
}

template <typename F>
Op decode_format(Instruction in) {
  constexpr bool kIsSingle = std::is_same_v<F, fp::S>;
  switch (in.funct7() >> 2) {
    case 0x00: return rounded(to_f(&fp_binary<F, fp::add<F>>, in), in);
    case 0x01: return rounded(to_f(&fp_binary<F, fp::sub<F>>, in), in);
    case 0x02: return rounded(to_f(&fp_binary<F, fp::mul<F>>, in), in);
    case 0x03: return rounded(to_f(&fp_binary<F, fp::div<F>>, in), in);
    case 0x04:
      return to_f(one_of({&fp_sign<F, Sign::Copy>, &fp_sign<F, Sign::Negate>, &fp_sign<F, Sign::Xor>}, in), in);
    case 0x05: return to_f(one_of({&fp_min_max<F, fp::min<F>>, &fp_min_max<F, fp::max<F>>, &illegal}, in), in);
    case 0x08:
      if (in.rs2() != (kIsSingle ? kDouble : kSingle)) return kIllegal;
      return rounded(to_f(kIsSingle ? &fp_narrow : &fp_widen, in), in);
    case 0x0b: return in.rs2() == 0 ? rounded(to_f(&fp_sqrt<F>, in), in) : kIllegal;
    case 0x14:
      return to_x(one_of({&fp_compare<F, fp::le<F>>, &fp_compare<F, fp::lt<F>>, &fp_compare<F, fp::eq<F>>}, in), in);
    case 0x18: return decode_to_integer<F>(in);
    case 0x1a: return decode_from_integer<F>(in);
    case 0x1c:
      return in.rs2() == 0 ? to_x(one_of({&fp_move_to_x<F>, &fp_classify<F>, &illegal}, in), in) : kIllegal;
    case 0x1e: return in.rs2() == 0 && in.funct3() == 0 ? to_f(&fp_move_from_x<F>, in) : kIllegal;
    default: return kIllegal;
  }
}

template <typename F>
Op decode_fused_format(Instruction in) {
  Handler run = &illegal;
  switch (in.opcode()) {
    case 0x43: run = &fp_fused<F, fp::madd<F>>; break;
    case 0x47: run = &fp_fused<F, fp::msub<F>>; break;
    case 0x4b: run = &fp_fused<F, fp::nmsub<F>>; break;
    default: run = &fp_fused<F, fp::nmadd<F>>; break;
  }
  Op op = rounded(to_f(run, in), in);
  op.aux = in.rs3();
  return op;
}

template <typename Observer>
Handler fp_load_handler(Instruction in, unsigned slots) {
  if (in.funct3() == 2) return slots == 1 ? &illegal : &fp_load<fp::S, 2, Observer>;  // there is no c.flw in RV64
  if (in.funct3() == 3) return slots == 1 ? &fp_load<fp::D, 1, Observer> : &fp_load<fp::D, 2, Observer>;
  return &illegal;
}

template <typename Observer>
Handler fp_store_handler(Instruction in, unsigned slots) {
  if (in.funct3() == 2) return slots == 1 ? &illegal : &fp_store<fp::S, 2, Observer>;
  if (in.funct3() == 3) return slots == 1 ? &fp_store<fp::D, 1, Observer> : &fp_store<fp::D, 2, Observer>;
  return &illegal;
}

}  // namespace

Op decode_fp(Instruction in) {
  const std::uint32_t format = in.field(25, 2);
  return format == kSingle ? decode_format<fp::S>(in) : format == kDouble ? decode_format<fp::D>(in) : kIllegal;
}

Op decode_fp_fused(Instruction in) {
  const std::uint32_t format = in.field(25, 2);
  if (format == kSingle) return decode_fused_format<fp::S>(in);
  return format == kDouble ? decode_fused_format<fp::D>(in) : kIllegal;
}

Op decode_fp_load(Instruction in, unsigned slots, bool observed) {
  const Handler run = observed ? fp_load_handler<Observed>(in, slots) : fp_load_handler<Unobserved>(in, slots);
  return {run, in.rd(), in.rs1(), 0, 0, in.imm_i()};
}

Op decode_fp_store(Instruction in, unsigned slots, bool observed) {
  const Handler run = observed ? fp_store_handler<Observed>(in, slots) : fp_store_handler<Unobserved>(in, slots);
  return {run, 0, in.rs1(), in.rs2(), 0, in.imm_s()};
}

}  // namespace roost::rv64
