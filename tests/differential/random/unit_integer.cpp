#include "tests/differential/random/scene.hpp"

namespace roost::random_programs {
namespace {

struct Form {
  Word opcode, funct3, funct7;
};

// Register-register instructions of I and M: funct7 0, 0x20 (sub, sra) and 1 (M).
constexpr Form kRegisterForms[] = {
    {kOp, 0, 0},    {kOp, 0, 0x20}, {kOp, 1, 0},      {kOp, 2, 0},         {kOp, 3, 0},      {kOp, 4, 0},
    {kOp, 5, 0},    {kOp, 5, 0x20}, {kOp, 6, 0},      {kOp, 7, 0},         {kOp32, 0, 0},    {kOp32, 0, 0x20},
    {kOp32, 1, 0},  {kOp32, 5, 0},  {kOp32, 5, 0x20}, {kOp, 0, 1},         {kOp, 1, 1},      {kOp, 2, 1},
    {kOp, 3, 1},    {kOp, 4, 1},    {kOp, 5, 1},      {kOp, 6, 1},         {kOp, 7, 1},      {kOp32, 0, 1},
    {kOp32, 4, 1},  {kOp32, 5, 1},  {kOp32, 6, 1},    {kOp32, 7, 1},
};

Half compressed_quadrant_0_or_1(Scene& scene) {
  Dice& dice = scene.dice;
  const unsigned small = scene.small_target();
  const unsigned rd = scene.target();
  const std::int64_t immediate = dice.between(-32, 31);
  if (small == 0 || rd == 0) return 0x0001;
  const Word small_field = (small - 8) << 7;
  switch (dice.below(9)) {
    case 0: {  // c.addi4spn; an immediate of zero is illegal, and fine
      const auto offset = static_cast<std::int64_t>(dice.below(256) * 4);
      return c_type(0, 0, field(offset, 4, 2, 11) | field(offset, 6, 4, 7) | field(offset, 2, 1, 6) |
                              field(offset, 3, 1, 5) | (small - 8) << 2);
    }
    case 1: return c_type(1, 0, ci_fields(rd, immediate));                    // c.addi
    case 2: return c_type(1, 1, ci_fields(rd, immediate));                    // c.addiw
    case 3: return c_type(1, 2, ci_fields(rd, immediate));                    // c.li
    case 4: return rd == 2 ? 0x0001 : c_type(1, 3, ci_fields(rd, immediate)); // c.lui
    case 5:  // c.srli, c.srai, c.andi
      return c_type(1, 4, small_field | static_cast<Word>(dice.below(3)) << 10 | ci_fields(0, immediate));
    case 6: return c_type(1, 2, ci_fields(small, immediate));  // c.li
    case 7:  // c.sub, xor, or, and, subw, addw, and the two reserved ones
      return c_type(1, 4, small_field | 3U << 10 | static_cast<Word>(dice.below(2)) << 12 |
                              static_cast<Word>(dice.below(4)) << 5 | (scene.small_source() - 8) << 2);
    default:  // c.addi16sp
      if (!scene.writable(2)) return 0x0001;
      return c_type(1, 3, field(immediate, 5, 1, 12) | 2U << 7 | field(immediate, 0, 1, 6) | field(immediate, 2, 1, 5) |
                              field(immediate, 3, 2, 3) | field(immediate, 1, 1, 2));
  }
}

Half compressed_quadrant_2(Scene& scene) {
  Dice& dice = scene.dice;
  const unsigned rd = scene.target();
  if (rd == 0) return 0x0001;
  if (dice.percent(40)) return c_type(2, 0, ci_fields(rd, static_cast<std::int64_t>(dice.below(64))));  // c.slli
  const auto rs2 = static_cast<Word>(1 + dice.below(31));
  return c_type(2, 4, static_cast<Word>(dice.below(2)) << 12 | rd << 7 | rs2 << 2);  // c.mv, c.add
}

}  // namespace

void integer_unit(Scene& scene) {
  Dice& dice = scene.dice;
  scene.begin_unit();
  const Registers registers{scene.target(), scene.source(), scene.source()};
  if (dice.percent(55)) {
    const Form form = dice.among(kRegisterForms);
    return scene.put(r_type(form.opcode, form.funct3, form.funct7, registers));
  }
  if (dice.percent(12)) {
    return scene.put(u_type(dice.percent(50) ? kLui : kAuipc, registers.rd, static_cast<std::int64_t>(dice.word())));
  }
  const bool narrow = dice.percent(30);
  const Word funct3 = narrow ? dice.among({0U, 1U, 5U}) : static_cast<Word>(dice.below(8));
  std::int64_t immediate = dice.percent(30) ? dice.among({-2048L, -1L, 0L, 1L, 2047L}) : dice.between(-2048, 2047);
  if (funct3 == 1 || funct3 == 5) {
    const std::int64_t arithmetic = funct3 == 5 && dice.percent(50) ? 0x400 : 0;
    immediate = dice.between(0, narrow ? 31 : 63) | arithmetic;
  }
  scene.put(i_type(narrow ? kOpImm32 : kOpImm, funct3, registers, immediate));
}

void constant_unit(Scene& scene) {
  scene.begin_unit();
  scene.put_constant(scene.target(), corner_value(scene.dice));
}

void compressed_unit(Scene& scene) {
  scene.begin_unit();
  scene.put_half(scene.dice.percent(65) ? compressed_quadrant_0_or_1(scene) : compressed_quadrant_2(scene));
}

void random_word_unit(Scene& scene) {
  Dice& dice = scene.dice;
  scene.begin_unit();
  if (dice.percent(25)) {  // quadrant 1's arithmetic: whatever its bits, it writes a small register
    const auto half = static_cast<Half>((dice.word() & 0x1ffc & ~(7U << 7)) | 0x8001);
    const unsigned small = scene.small_target();
    if (small != 0) return scene.put_half(static_cast<Half>(half | (small - 8) << 7));
  }
  const Word opcode = dice.among(
      {kOp, kOp, kOpImm, kOpImm32, kOp32, kOpFp, kOpFp, kMadd, kMsub, kNmsub, kNmadd, kLui, kAuipc});
  const auto random = static_cast<Word>(dice.word());
  scene.put((random & ~(31U << 7) & ~127U) | scene.target() << 7 | opcode);
}

std::uint64_t corner_value(Dice& dice) {
  const std::uint64_t bit = std::uint64_t{1} << dice.below(64);
  switch (dice.below(12)) {
    case 0: return bit;
    case 1: return bit - 1;
    case 2: return ~bit;
    case 3: return 0 - bit;
    case 4: return dice.below(16) - 8;
    case 5: return std::uint64_t{0xffff'ffff'0000'0000} | dice.word();          // a boxed single
    case 6: return dice.among<std::uint64_t>({0xffff'ffff'7f80'0000, 0xffff'ffff'ff80'0000, 0xffff'ffff'7fc0'0000,
                                              0xffff'ffff'7f80'0001, 0xffff'ffff'0000'0001, 0xffff'ffff'8000'0000,
                                              0xffff'ffff'007f'ffff, 0xffff'ffff'7f7f'ffff, 0xffff'ffff'3f80'0000});
    case 7: return dice.among<std::uint64_t>({0x7ff0'0000'0000'0000, 0xfff0'0000'0000'0000, 0x7ff8'0000'0000'0000,
                                              0x7ff0'0000'0000'0001, 0x0000'0000'0000'0001, 0x8000'0000'0000'0000,
                                              0x000f'ffff'ffff'ffff, 0x7fef'ffff'ffff'ffff, 0x3ff0'0000'0000'0000});
    case 8: return (0x3ff0 + dice.below(0x44) - 2) << 48 ^ (dice.word() & 0x800f'ffff'ffff'ffff);  // near integers
    case 9: return 0xffff'ffff'0000'0000 | (0x3f80'0000 + (dice.below(66) << 23)) | (dice.word() & 0x807f'ffff);
    default: return dice.word();
  }
}

}  // namespace roost::random_programs
