#include "tests/differential/random/scene.hpp"

namespace roost::random_programs {
namespace {

struct Access {
  bool store;
  bool of_float;
  Word funct3;  // log2 of the size, and 4 for unsigned
};

Access any_access(Dice& dice) {
  if (dice.percent(25)) return {dice.percent(50), true, dice.among({2U, 3U})};
  if (dice.percent(45)) return {true, false, static_cast<Word>(dice.below(4))};
  return {false, false, static_cast<Word>(dice.below(7))};
}

void put_access(Scene& scene, unsigned base, std::int64_t offset) {
  Dice& dice = scene.dice;
  const Access access = any_access(dice);
  if (access.store) {
    return scene.put(s_type(access.of_float ? kStoreFp : kStore, access.funct3, {0, base, scene.source()}, offset));
  }
  const unsigned rd = access.of_float ? static_cast<unsigned>(dice.below(32)) : scene.target();
  scene.put(i_type(access.of_float ? kLoadFp : kLoad, access.funct3, {rd, base}, offset));
}

std::int64_t any_offset(Scene& scene) {
  Dice& dice = scene.dice;
  if (scene.program.pmp_config != 0) return dice.between(-256, 255) * 8;  // see choose_status
  if (dice.percent(30)) return dice.between(-8, 8);  // bases lie at the ends of pages
  return dice.percent(50) ? dice.between(-256, 255) * 8 : dice.between(-2048, 2047);
}

/// Quadrant 0: c.fld, c.lw, c.ld, (reserved,) c.fsd, c.sw, c.sd.
void put_compressed_access(Scene& scene) {
  Dice& dice = scene.dice;
  const Word funct3 = dice.among({1U, 2U, 3U, 5U, 6U, 7U});
  const bool word = funct3 == 2 || funct3 == 6;
  const bool writes_x = funct3 == 2 || funct3 == 3;
  const unsigned data = writes_x ? scene.small_target() : scene.small_source();
  if (data == 0) return scene.put_half(0x0001);
  const auto offset = static_cast<std::int64_t>(dice.below(32) * (word ? 4 : 8));
  const Word middle = word ? field(offset, 2, 1, 6) | field(offset, 6, 1, 5) : field(offset, 6, 2, 5);
  const Word registers = (scene.compressed_base - 8) << 7 | (data - 8) << 2;
  scene.put_half(c_type(0, funct3, field(offset, 3, 3, 10) | middle | registers));
}

/// Quadrant 2: c.fldsp, c.lwsp, c.ldsp, c.fsdsp, c.swsp, c.sdsp.
void put_stack_access(Scene& scene) {
  Dice& dice = scene.dice;
  const Word funct3 = dice.among({1U, 2U, 3U, 5U, 6U, 7U});
  const bool word = funct3 == 2 || funct3 == 6;
  const auto offset = static_cast<std::int64_t>(dice.below(64) * (word ? 4 : 8));
  if (funct3 >= 5) {
    const Word bits = word ? field(offset, 2, 4, 9) | field(offset, 6, 2, 7)
                           : field(offset, 3, 3, 10) | field(offset, 6, 3, 7);
    return scene.put_half(c_type(2, funct3, bits | scene.source() << 2));
  }
  const unsigned rd = funct3 == 1 ? static_cast<unsigned>(dice.below(32)) : scene.target();
  const Word bits = word ? field(offset, 5, 1, 12) | field(offset, 2, 3, 4) | field(offset, 6, 2, 2)
                         : field(offset, 5, 1, 12) | field(offset, 3, 2, 5) | field(offset, 6, 3, 2);
  scene.put_half(c_type(2, funct3, bits | rd << 7));
}

/// Machine mode loads and stores with the translation and rights of S- or U-mode. After a trap the handler's mret has
/// made MPP user: the window goes on with that.
void put_mprv_window(Scene& scene) {
  Dice& dice = scene.dice;
  unsigned mask = 0;
  while (mask == 0) mask = scene.target();
  scene.units.back().removable = true;
  const std::uint64_t mode = dice.percent(50) ? 1 << 11 : 0;
  scene.put_constant(mask, 3 << 11);
  scene.put(csr(3, 0x300, 0, mask));
  scene.put_constant(mask, 1 << 17 | mode);
  scene.put(csr(2, 0x300, 0, mask));
  const std::uint32_t reserved = scene.reserved;
  scene.reserved |= 1U << mask;
  for (std::uint64_t count = 1 + dice.below(4); count > 0; --count) {
    put_access(scene, scene.virtual_base, any_offset(scene));
  }
  scene.reserved = reserved;
  scene.put_constant(mask, 1 << 17);
  scene.put(csr(3, 0x300, 0, mask));
}

/// To one of the addresses where something is the matter.
void put_access_nowhere(Scene& scene) {
  Dice& dice = scene.dice;
  unsigned pointer = 0;
  while (pointer == 0) pointer = scene.target();
  const std::uint64_t bad = dice.among<std::uint64_t>(
      {0, kNowhere, 0x4000'0000'0000, 0xffff'8000'0000'0000, 0x0000'003f'ffff'f000, 0x1'0000'0000'0000,
       kRawVirtual + (dice.below(kRawEntries) << 21) + dice.below(1 << 18) * 8});
  const bool raw = bad - kRawVirtual < kRawEntries << 21;
  scene.put_constant(pointer, raw && !scene.wild ? kNowhere : bad);
  // Aligned: of a misaligned access to nothing, QEMU reports the address of an aligned part.
  put_access(scene, pointer, dice.between(-2, 2) * 8);
}

/// lr, something, sc. What is left to the implementation is left out: no other memory access in between, no lr without
/// its sc; and every sc is to a page that may be written, as one without a reservation may fail before it faults.
void put_reservation(Scene& scene, Word funct3, Word order) {
  Dice& dice = scene.dice;
  unsigned steady = 0;
  while (steady == 0) steady = scene.target();
  scene.put_constant(steady, scene.steady_address + dice.below(8) * 8);
  const std::uint32_t reserved = scene.reserved;
  scene.reserved |= 1U << steady;
  const bool elsewhere = dice.percent(20);  // then the lr may fault, and the sc always fails
  scene.put(r_type(kAmo, funct3, 2U << 2 | order, {scene.target(), elsewhere ? scene.base() : steady, 0}));
  if (dice.percent(50)) scene.put(r_type(kOp, 0, 0, {scene.target(), scene.source(), scene.source()}));
  for (std::uint64_t count = dice.percent(20) ? 2 : 1; count > 0; --count) {  // the second one fails
    scene.put(r_type(kAmo, funct3, 3U << 2 | order, {scene.target(), steady, scene.source()}));
  }
  scene.reserved = reserved;
}

}  // namespace

void memory_unit(Scene& scene) {
  Dice& dice = scene.dice;
  scene.begin_unit();
  const std::uint64_t kind = dice.below(100);
  if (kind < 20) return put_compressed_access(scene);
  if (kind < 30 && (scene.bases[0] == 2 || scene.wild)) return put_stack_access(scene);
  if (kind < 34) return put_access_nowhere(scene);
  if (kind < 38 && scene.wild && scene.program.pmp_config == 0) {
    return put_access(scene, scene.source(), any_offset(scene));
  }
  if (kind < 44 && scene.virtual_base != 0) return put_mprv_window(scene);
  put_access(scene, scene.base(), any_offset(scene));
}

void atomic_unit(Scene& scene) {
  Dice& dice = scene.dice;
  scene.begin_unit();
  const Word funct3 = dice.among({2U, 3U});
  const auto order = static_cast<Word>(dice.below(4));  // aq, rl
  const unsigned base = scene.bases[dice.percent(70) ? 0 : dice.below(3)];
  if (dice.percent(70)) {  // swap, add, xor, and, or, min, max, minu, maxu
    const Word operation = dice.among({1U, 0U, 4U, 12U, 8U, 16U, 20U, 24U, 28U});
    return scene.put(r_type(kAmo, funct3, operation << 2 | order, {scene.target(), base, scene.source()}));
  }
  put_reservation(scene, funct3, order);
}

}  // namespace roost::random_programs
