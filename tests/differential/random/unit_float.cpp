#include "tests/differential/random/scene.hpp"

namespace roost::random_programs {
namespace {

constexpr Word kSingle = 0;
constexpr Word kDouble = 1;

Word any_rounding(Dice& dice) {
  if (dice.percent(40)) return 7;
  return static_cast<Word>(dice.percent(97) ? dice.below(5) : dice.below(8));
}

unsigned any_float(Dice& dice) { return static_cast<unsigned>(dice.below(32)); }

Registers floats(Dice& dice) { return {any_float(dice), any_float(dice), any_float(dice)}; }

Word arithmetic(Dice& dice, Word format) {  // add, sub, mul, div, sqrt
  const auto operation = static_cast<Word>(dice.below(5));
  Registers registers = floats(dice);
  if (operation == 4) registers.rs2 = 0;
  return r_type(kOpFp, any_rounding(dice), (operation == 4 ? 0x2c : operation << 2) | format, registers);
}

Word fused(Dice& dice, Word format) {
  const Word opcode = dice.among({kMadd, kMsub, kNmsub, kNmadd});
  return r_type(opcode, any_rounding(dice), any_float(dice) << 2 | format, floats(dice));
}

Word sign_and_choice(Dice& dice, Word format) {  // sgnj, sgnjn, sgnjx, min, max
  if (dice.percent(60)) return r_type(kOpFp, static_cast<Word>(dice.below(3)), 0x10 | format, floats(dice));
  return r_type(kOpFp, static_cast<Word>(dice.below(2)), 0x14 | format, floats(dice));
}

Word comparison(Scene& scene, Word format) {  // le, lt, eq, class
  Registers registers = floats(scene.dice);
  registers.rd = scene.target();
  if (scene.dice.percent(75)) return r_type(kOpFp, static_cast<Word>(scene.dice.below(3)), 0x50 | format, registers);
  registers.rs2 = 0;
  return r_type(kOpFp, 1, 0x70 | format, registers);
}

Word conversion(Scene& scene, Word format) {
  Dice& dice = scene.dice;
  const auto integer = static_cast<unsigned>(dice.below(4));  // w, wu, l, lu
  if (dice.percent(40)) {
    return r_type(kOpFp, any_rounding(dice), 0x60 | format, {scene.target(), any_float(dice), integer});
  }
  if (dice.percent(65)) {
    return r_type(kOpFp, any_rounding(dice), 0x68 | format, {any_float(dice), scene.source(), integer});
  }
  return r_type(kOpFp, any_rounding(dice), 0x20 | format, {any_float(dice), any_float(dice), format ^ 1});
}

Word move(Scene& scene, Word format) {  // fmv.x.w, fmv.w.x and for doubles
  if (scene.dice.percent(40)) return r_type(kOpFp, 0, 0x70 | format, {scene.target(), any_float(scene.dice), 0});
  return r_type(kOpFp, 0, 0x78 | format, {any_float(scene.dice), scene.source(), 0});
}

}  // namespace

void float_unit(Scene& scene) {
  Dice& dice = scene.dice;
  scene.begin_unit();
  const Word format = dice.percent(50) ? kSingle : kDouble;
  const std::uint64_t kind = dice.below(100);
  if (kind < 35) return scene.put(arithmetic(dice, format));
  if (kind < 55) return scene.put(fused(dice, format));
  if (kind < 63) return scene.put(sign_and_choice(dice, format));
  if (kind < 73) return scene.put(comparison(scene, format));
  if (kind < 88) return scene.put(conversion(scene, format));
  if (kind < 94) return scene.put(move(scene, format));
  const unsigned rd = scene.target();
  if (rd == 0) return scene.put(move(scene, format));
  scene.put_constant(rd, corner_value(dice));
  scene.put(r_type(kOpFp, 0, 0x78 | format, {any_float(dice), rd, 0}));
}

}  // namespace roost::random_programs
