#include "vmm/rv64/decode.hpp"

#include <array>

#include "vmm/rv64/code_cache.hpp"
#include "vmm/rv64/decode_fp.hpp"
#include "vmm/rv64/encoding.hpp"
#include "vmm/rv64/exec_a.hpp"
#include "vmm/rv64/exec_i.hpp"
#include "vmm/rv64/exec_m.hpp"
#include "vmm/rv64/exec_memory.hpp"
#include "vmm/rv64/exec_system.hpp"
#include "vmm/rv64/expand.hpp"

namespace roost::rv64 {

namespace {

/// A handler for each length that its instruction may have in the stream.
struct ByLength {
  Handler compressed = &illegal, full = &illegal;
};

struct Source {
  Instruction in;
  unsigned slots;
  CodePlace place;

  Handler pick(ByLength handlers) const { return slots == 1 ? handlers.compressed : handlers.full; }
};

constexpr std::uint8_t destination(std::uint8_t rd) { return rd == 0 ? kSinkRegister : rd; }

constexpr Op kIllegal{&illegal, 0, 0, 0, 0, 0};

template <Binary F>
constexpr ByLength kRegister{&register_register<F, 1>, &register_register<F, 2>};
template <Binary F>
constexpr ByLength kImmediate{&register_immediate<F, 1>, &register_immediate<F, 2>};
constexpr ByLength kNop{&nop<1>, &nop<2>};

using Eight = std::array<ByLength, 8>;  // by funct3

/// The handlers that touch memory or leave the straight line: what they tell depends on Observer.
template <typename Observer>
struct Watched {
  template <Condition F>
  static constexpr ByLength kNear{&branch_near<F, 1, Observer>, &branch_near<F, 2, Observer>};
  template <Condition F>
  static constexpr ByLength kFar{&branch_far<F, 1, Observer>, &branch_far<F, 2, Observer>};
  template <typename T>
  static constexpr ByLength kLoad{&load<T, 1, Observer>, &load<T, 2, Observer>};
  template <typename T>
  static constexpr ByLength kStore{&store<T, 1, Observer>, &store<T, 2, Observer>};

  static constexpr Eight kBranchesNear{kNear<op_i::eq>, kNear<op_i::ne>, {}, {},
                                       kNear<op_i::lt>, kNear<op_i::ge>, kNear<op_i::ltu>, kNear<op_i::geu>};
  static constexpr Eight kBranchesFar{kFar<op_i::eq>, kFar<op_i::ne>, {}, {},
                                      kFar<op_i::lt>, kFar<op_i::ge>, kFar<op_i::ltu>, kFar<op_i::geu>};
  static constexpr Eight kLoads{kLoad<std::int8_t>, kLoad<std::int16_t>, kLoad<std::int32_t>, kLoad<std::int64_t>,
                                kLoad<std::uint8_t>, kLoad<std::uint16_t>, kLoad<std::uint32_t>, {}};
  static constexpr Eight kStores{kStore<std::uint8_t>, kStore<std::uint16_t>, kStore<std::uint32_t>,
                                 kStore<std::uint64_t>, {}, {}, {}, {}};
  static constexpr ByLength kCallNear{&jal_near<1, Observer>, &jal_near<2, Observer>};
  static constexpr ByLength kJumpNear{&j_near<1, Observer>, &j_near<2, Observer>};
  static constexpr ByLength kJumpFar{&jal_far<1, Observer>, &jal_far<2, Observer>};
  static constexpr ByLength kCallRegister{&jalr<1, Observer>, &jalr<2, Observer>};
  static constexpr ByLength kJumpRegister{&jr<1, Observer>, &jr<2, Observer>};
};

Op register_op(const Source& s, const Eight& table) {
  const Instruction in = s.in;
  return {s.pick(table[in.funct3()]), destination(in.rd()), in.rs1(), in.rs2(), 0, 0};
}

Op decode_op(const Source& s) {
  using namespace op_i;
  using namespace op_m;
  static constexpr Eight kBase{kRegister<add>, kRegister<sll>, kRegister<slt>, kRegister<sltu>,
                               kRegister<xor_>, kRegister<srl>, kRegister<or_>, kRegister<and_>};
  static constexpr Eight kMul{kRegister<mul>, kRegister<mulh>, kRegister<mulhsu>, kRegister<mulhu>,
                              kRegister<div<std::int64_t>>, kRegister<div<std::uint64_t>>,
                              kRegister<rem<std::int64_t>>, kRegister<rem<std::uint64_t>>};
  static constexpr Eight kAlternate{kRegister<sub>, {}, {}, {}, {}, kRegister<sra>, {}, {}};
  constexpr ByLength kMove{&move_register<1>, &move_register<2>};
  const Instruction in = s.in;
  switch (in.funct7()) {
    case 0x00:
      if (in.funct3() == 0 && in.rs1() == 0) return {s.pick(kMove), destination(in.rd()), in.rs2(), 0, 0, 0};
      return register_op(s, kBase);
    case 0x01: return register_op(s, kMul);
    case 0x20: return register_op(s, kAlternate);
    default: return kIllegal;
  }
}

Op decode_op_32(const Source& s) {
  using namespace op_i;
  using namespace op_m;
  static constexpr Eight kBase{kRegister<addw>, kRegister<sllw>, {}, {}, {}, kRegister<srlw>, {}, {}};
  static constexpr Eight kMul{kRegister<mulw>, {}, {}, {}, kRegister<div<std::int32_t>>, kRegister<div<std::uint32_t>>,
                              kRegister<rem<std::int32_t>>, kRegister<rem<std::uint32_t>>};
  static constexpr Eight kAlternate{kRegister<subw>, {}, {}, {}, {}, kRegister<sraw>, {}, {}};
  switch (s.in.funct7()) {
    case 0x00: return register_op(s, kBase);
    case 0x01: return register_op(s, kMul);
    case 0x20: return register_op(s, kAlternate);
    default: return kIllegal;
  }
}

Op decode_shift_immediate(const Source& s, unsigned width) {
  using namespace op_i;
  const Instruction in = s.in;
  const std::uint32_t amount = in.field(20, width), kind = in.field(20 + width, 12 - width);
  const std::uint32_t arithmetic = 0x400U >> width;
  ByLength handlers;
  if (in.funct3() == 1 && kind == 0) handlers = width == 6 ? kImmediate<sll> : kImmediate<sllw>;
  if (in.funct3() == 5 && kind == 0) handlers = width == 6 ? kImmediate<srl> : kImmediate<srlw>;
  if (in.funct3() == 5 && kind == arithmetic) handlers = width == 6 ? kImmediate<sra> : kImmediate<sraw>;
  return {s.pick(handlers), destination(in.rd()), in.rs1(), 0, 0, static_cast<std::int32_t>(amount)};
}

Op load_constant(const Source& s, std::int32_t value) {
  constexpr ByLength kHandlers{&load_immediate<1>, &load_immediate<2>};
  return {s.pick(s.in.rd() == 0 ? kNop : kHandlers), destination(s.in.rd()), 0, 0, 0, value};
}

Op decode_op_imm(const Source& s) {
  using namespace op_i;
  static constexpr Eight kTable{kImmediate<add>, {}, kImmediate<slt>, kImmediate<sltu>,
                                kImmediate<xor_>, {}, kImmediate<or_>, kImmediate<and_>};
  const Instruction in = s.in;
  if (in.funct3() == 1 || in.funct3() == 5) return decode_shift_immediate(s, 6);
  if (in.funct3() == 0 && in.rs1() == 0) return load_constant(s, in.imm_i());
  return {s.pick(kTable[in.funct3()]), destination(in.rd()), in.rs1(), 0, 0, in.imm_i()};
}

Op decode_op_imm_32(const Source& s) {
  const Instruction in = s.in;
  if (in.funct3() != 0) return decode_shift_immediate(s, 5);
  return {s.pick(kImmediate<op_i::addw>), destination(in.rd()), in.rs1(), 0, 0, in.imm_i()};
}

Op decode_load(const Source& s) {
  const Instruction in = s.in;
  const Eight& table = s.place.observed ? Watched<Observed>::kLoads : Watched<Unobserved>::kLoads;
  return {s.pick(table[in.funct3()]), destination(in.rd()), in.rs1(), 0, 0, in.imm_i()};
}

Op decode_store(const Source& s) {
  const Instruction in = s.in;
  const Eight& table = s.place.observed ? Watched<Observed>::kStores : Watched<Unobserved>::kStores;
  return {s.pick(table[in.funct3()]), 0, in.rs1(), in.rs2(), 0, in.imm_s()};
}

/// Near: the target is a slot of the same page, so that taking it is an addition to the op pointer.
bool is_near(const Source& s, std::int32_t offset) {
  if (s.place.slot == kNowhere) return false;
  const int target = s.place.slot + offset / 2;
  return target >= 0 && target < static_cast<int>(DecodedPage::kSlots);
}
constexpr std::int32_t near_displacement(std::int32_t offset) {
  return offset / 2 * static_cast<std::int32_t>(sizeof(Op));
}

/// A near jump within a cache line has nothing to tell.
bool tells(const Source& s, std::int32_t offset) {
  constexpr int kSlots = kSlotsPerLine;
  const bool stays = is_near(s, offset) && s.place.slot / kSlots == (s.place.slot + offset / 2) / kSlots;
  return s.place.observed && !stays;
}

template <typename Observer>
Op decode_branch_of(const Source& s, std::int32_t offset) {
  const Instruction in = s.in;
  const bool near = is_near(s, offset);
  using Table = Watched<Observer>;
  const Handler handler = s.pick((near ? Table::kBranchesNear : Table::kBranchesFar)[in.funct3()]);
  return {handler, 0, in.rs1(), in.rs2(), 0, near ? near_displacement(offset) : offset};
}

Op decode_branch(const Source& s) {
  const std::int32_t offset = s.in.imm_b();
  return tells(s, offset) ? decode_branch_of<Observed>(s, offset) : decode_branch_of<Unobserved>(s, offset);
}

template <typename Observer>
Op decode_jal_of(const Source& s, std::int32_t offset) {
  using Table = Watched<Observer>;
  const std::uint8_t rd = destination(s.in.rd());
  if (!is_near(s, offset)) return {s.pick(Table::kJumpFar), rd, 0, 0, 0, offset};
  return {s.pick(s.in.rd() == 0 ? Table::kJumpNear : Table::kCallNear), rd, 0, 0, 0, near_displacement(offset)};
}

Op decode_jal(const Source& s) {
  const std::int32_t offset = s.in.imm_j();
  return tells(s, offset) ? decode_jal_of<Observed>(s, offset) : decode_jal_of<Unobserved>(s, offset);
}

template <typename Observer>
Op decode_jalr_of(const Source& s) {
  using Table = Watched<Observer>;
  const Instruction in = s.in;
  if (in.funct3() != 0) return kIllegal;
  const ByLength handlers = in.rd() == 0 ? Table::kJumpRegister : Table::kCallRegister;
  return {s.pick(handlers), destination(in.rd()), in.rs1(), 0, 0, in.imm_i()};
}

Op decode_jalr(const Source& s) {
  return s.place.observed ? decode_jalr_of<Observed>(s) : decode_jalr_of<Unobserved>(s);
}

Op decode_auipc(const Source& s) {
  constexpr ByLength kHandlers{&auipc<1>, &auipc<2>};
  return {s.pick(kHandlers), destination(s.in.rd()), 0, 0, 0, s.in.imm_u()};
}

Op decode_fence(const Source& s) {
  constexpr std::uint32_t kPause = 0x0100000f, kFenceTso = 8;
  const Instruction in = s.in;
  if (in.funct3() == 1) return {&fence_i, 0, 0, 0, 0, 0};
  if (in.funct3() != 0) return kIllegal;
  if (in.bits == kPause) return {&pause, 0, 0, 0, 0, 0};
  const bool earlier_writes = in.field(24, 1) != 0 || in.field(26, 1) != 0;  // W or O of the predecessors
  const bool later_reads = in.field(21, 1) != 0 || in.field(23, 1) != 0;     // R or I of the successors
  const bool full = earlier_writes && later_reads && in.field(28, 4) != kFenceTso;
  return {full ? &fence_full : &fence_partial, 0, 0, 0, 0, 0};
}

template <typename T, typename Observer>
Op decode_amo_of(Instruction in) {
  const auto op = [in](Handler run) { return Op{run, destination(in.rd()), in.rs1(), in.rs2(), 0, 0}; };
  switch (in.field(27, 5)) {
    case 0x00: return op(&amo<Amo::Add, T, Observer>);
    case 0x01: return op(&amo<Amo::Swap, T, Observer>);
    case 0x02: return in.rs2() == 0 ? op(&load_reserved<T, Observer>) : kIllegal;
    case 0x03: return op(&store_conditional<T, Observer>);
    case 0x04: return op(&amo<Amo::Xor, T, Observer>);
    case 0x08: return op(&amo<Amo::Or, T, Observer>);
    case 0x0c: return op(&amo<Amo::And, T, Observer>);
    case 0x10: return op(&amo<Amo::Min, T, Observer>);
    case 0x14: return op(&amo<Amo::Max, T, Observer>);
    case 0x18: return op(&amo<Amo::Minu, T, Observer>);
    case 0x1c: return op(&amo<Amo::Maxu, T, Observer>);
    default: return kIllegal;
  }
}

template <typename Observer>
Op decode_amo(Instruction in) {
  if (in.funct3() == 2) return decode_amo_of<std::uint32_t, Observer>(in);
  if (in.funct3() == 3) return decode_amo_of<std::uint64_t, Observer>(in);
  return kIllegal;
}

Op decode_privileged(Instruction in) {
  if (in.rd() != 0) return kIllegal;
  if (in.funct7() == 0x09) return {&sfence_vma, 0, in.rs1(), in.rs2(), 0, 0};
  if (in.rs1() != 0) return kIllegal;
  switch (in.field(20, 12)) {
    case 0x000: return {&ecall, 0, 0, 0, 0, 0};
    case 0x001: return {&ebreak, 0, 0, 0, 0, 0};
    case 0x00d: return {&wait_on_reservation<Wrs::NoTimeout>, 0, 0, 0, 0, 0};
    case 0x01d: return {&wait_on_reservation<Wrs::ShortTimeout>, 0, 0, 0, 0, 0};
    case 0x102: return {&sret, 0, 0, 0, 0, 0};
    case 0x105: return {&wfi, 0, 0, 0, 0, 0};
    case 0x302: return {&mret, 0, 0, 0, 0, 0};
    default: return kIllegal;
  }
}

Op decode_system(const Source& s) {
  static constexpr std::array<Handler, 8> kTable{
      &illegal,
      &csr_access<CsrAction::Write, false>, &csr_access<CsrAction::Set, false>, &csr_access<CsrAction::Clear, false>,
      &illegal,
      &csr_access<CsrAction::Write, true>, &csr_access<CsrAction::Set, true>, &csr_access<CsrAction::Clear, true>};
  const Instruction in = s.in;
  if (in.funct3() == 0) return decode_privileged(in);
  const auto number = static_cast<std::int32_t>(in.field(20, 12));
  return {kTable[in.funct3()], destination(in.rd()), in.rs1(), 0, 0, number};
}

}  // namespace

Op decode(std::uint32_t bits, unsigned slots, CodePlace place) {
  const Source s{{bits}, slots, place};
  switch (s.in.opcode()) {
    case 0x03: return decode_load(s);
    case 0x07: return decode_fp_load(s.in, slots, place.observed);
    case 0x0f: return decode_fence(s);
    case 0x13: return decode_op_imm(s);
    case 0x17: return decode_auipc(s);
    case 0x1b: return decode_op_imm_32(s);
    case 0x23: return decode_store(s);
    case 0x27: return decode_fp_store(s.in, slots, place.observed);
    case 0x2f: return place.observed ? decode_amo<Observed>(s.in) : decode_amo<Unobserved>(s.in);
    case 0x33: return decode_op(s);
    case 0x37: return load_constant(s, s.in.imm_u());
    case 0x3b: return decode_op_32(s);
    case 0x43: case 0x47: case 0x4b: case 0x4f: return decode_fp_fused(s.in);
    case 0x53: return decode_fp(s.in);
    case 0x63: return decode_branch(s);
    case 0x67: return decode_jalr(s);
    case 0x6f: return decode_jal(s);
    case 0x73: return decode_system(s);
    default: return kIllegal;
  }
}

Op decode_compressed(std::uint16_t bits, CodePlace place) { return decode(expand(bits), 1, place); }

}  // namespace roost::rv64
