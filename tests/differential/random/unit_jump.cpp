#include "tests/differential/random/scene.hpp"

namespace roost::random_programs {
namespace {

void put_branch(Scene& scene) {
  Dice& dice = scene.dice;
  const std::uint64_t ahead = 1 + dice.below(4);
  if (dice.percent(35)) {  // c.beqz, c.bnez: at most 256 bytes ahead
    const Word funct3 = dice.among({6U, 7U});
    return scene.jump_ahead(Reach::CompressedBranch, c_type(1, funct3, (scene.small_source() - 8) << 7), ahead);
  }
  const Word funct3 = dice.among({0U, 1U, 4U, 5U, 6U, 7U});
  scene.jump_ahead(Reach::Branch, r_type(kBranch, funct3, 0, {0, scene.source(), scene.source()}), ahead);
}

void put_jump(Scene& scene) {
  Dice& dice = scene.dice;
  const std::uint64_t ahead = 1 + dice.below(3);
  if (dice.percent(30)) return scene.jump_ahead(Reach::CompressedJump, c_type(1, 5, 0), ahead);
  if (dice.percent(60)) return scene.jump_ahead(Reach::Jal, u_type(kJal, scene.target(), 0), ahead);
  // A jump through a register, over a few bytes that do nothing.
  unsigned pointer = 0;
  while (pointer == 0) pointer = scene.target();
  const auto skipped = static_cast<std::int64_t>(dice.below(4));
  const bool compressed = dice.percent(50);
  const std::int64_t displacement = compressed ? 0 : dice.between(-2048, 2047);
  const std::int64_t distance = (compressed ? 14 : 16) + 2 * skipped - displacement;  // from the auipc
  scene.put(u_type(kAuipc, pointer, 0));
  scene.put(i_type(kOpImm, 0, {pointer, pointer}, distance / 2));
  scene.put(i_type(kOpImm, 0, {pointer, pointer}, distance - distance / 2));
  if (compressed) {
    const bool link = scene.writable(1) && dice.percent(50);
    scene.put_half(c_type(2, 4, (link ? 1U : 0U) << 12 | pointer << 7));
  } else {
    const std::int64_t odd = dice.percent(30) ? 1 : 0;  // jalr clears bit 0 of the sum
    scene.put(i_type(kJalr, 0, {scene.target(), pointer}, displacement | odd));
  }
  for (std::int64_t i = 0; i < skipped; ++i) scene.put_half(0x0001);
}

/// A jump to where nothing can be fetched; the trap handler goes on at the resume register.
void put_jump_nowhere(Scene& scene) {
  Dice& dice = scene.dice;
  unsigned pointer = 0;
  while (pointer == 0) pointer = scene.target();
  std::uint64_t bad = dice.among<std::uint64_t>({0, kNowhere, 0x4000'0000'0000, 0xffff'8000'0000'0000});
  const std::uint64_t page = dice.below(kWindowPages);
  const bool executable = (scene.program.window_flags[page] & kExecute) != 0;  // where would its bytes lead?
  if (scene.wild && !executable && dice.percent(60)) bad = kWindowVirtual + page * kPage + dice.below(kPage / 2) * 2;
  if (scene.wild && dice.percent(20)) bad = kImageBase + (dice.below(1 << 16) & ~std::uint64_t{1});
  const std::size_t at = scene.code.size();
  scene.put(u_type(kAuipc, scene.resume, 0));
  const std::size_t patch = scene.code.size();
  scene.put(i_type(kOpImm, 0, {scene.resume, scene.resume}, 0));
  scene.put_constant(pointer, bad);
  scene.put(i_type(kJalr, 0, {scene.target(), pointer}, 0));
  const auto distance = static_cast<std::int64_t>(scene.code.size() - at) * 2;
  const Word add = i_type(kOpImm, 0, {scene.resume, scene.resume}, distance);
  scene.code[patch + 1] = static_cast<Half>(add >> 16);
}

void put_loop(Scene& scene) {
  Dice& dice = scene.dice;
  const unsigned counter = dice.percent(50) ? scene.small_target() : scene.target();
  if (counter == 0) return put_branch(scene);
  scene.units.back().removable = false;
  scene.put(i_type(kOpImm, 0, {counter, 0}, dice.between(1, 5)));
  const std::uint32_t reserved = scene.reserved;
  scene.reserved |= 1U << counter;
  scene.inside_loop = true;
  const std::size_t start = scene.code.size();
  for (std::uint64_t count = 1 + dice.below(4); count > 0; --count) {
    switch (dice.below(5)) {
      case 0: compressed_unit(scene); break;
      case 1: float_unit(scene); break;
      case 2: memory_unit(scene); break;
      case 3: atomic_unit(scene); break;
      default: integer_unit(scene); break;
    }
  }
  scene.reserved = reserved;
  scene.begin_unit(false);
  scene.put(i_type(kOpImm, 0, {counter, counter}, -1));
  scene.begin_unit();
  scene.inside_loop = false;
  const std::int64_t distance = static_cast<std::int64_t>(scene.code.size() - start) * 2;
  if (counter >= 8 && counter < 16 && distance <= 256) {
    return scene.jump_back(Reach::CompressedBranch, c_type(1, 7, (counter - 8) << 7), start);
  }
  scene.jump_back(Reach::Branch, r_type(kBranch, 1, 0, {0, counter, 0}), start);
}

}  // namespace

void jump_unit(Scene& scene) {
  scene.begin_unit();
  const std::uint64_t kind = scene.dice.below(100);
  if (kind < 50) return put_branch(scene);
  if (kind < 75) return put_jump(scene);
  if (kind < 82) return put_jump_nowhere(scene);
  put_loop(scene);
}

}  // namespace roost::random_programs
