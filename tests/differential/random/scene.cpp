#include "tests/differential/random/scene.hpp"

#include <algorithm>

namespace roost::random_programs {

unsigned Scene::target() {
  if (dice.percent(3)) return 0;
  while (true) {
    const auto x = static_cast<unsigned>(1 + dice.below(31));
    if (writable(x)) return x;
  }
}

unsigned Scene::small_target() {
  const auto first = static_cast<unsigned>(dice.below(8));
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned x = 8 + (first + i) % 8;
    if (writable(x)) return x;
  }
  return 0;
}

void Scene::put(Word word) {
  code.push_back(static_cast<Half>(word));
  code.push_back(static_cast<Half>(word >> 16));
}

void Scene::put_constant(unsigned rd, std::uint64_t value) {
  const auto number = static_cast<std::int64_t>(value);
  const std::int64_t low = (number << 52) >> 52;
  if (number == low) return put(i_type(kOpImm, 0, {rd, 0}, low));
  if (number == static_cast<std::int32_t>(number)) {
    put(u_type(kLui, rd, (number - low) >> 12));
    if (low != 0) put(i_type(kOpImm32, 0, {rd, rd}, low));
    return;
  }
  std::uint64_t high = value - static_cast<std::uint64_t>(low);
  unsigned shift = 12;
  while ((high >> shift & 1) == 0) ++shift;
  put_constant(rd, static_cast<std::uint64_t>(static_cast<std::int64_t>(high) >> shift));
  put(i_type(kOpImm, 1, {rd, rd}, shift));
  if (low != 0) put(i_type(kOpImm, 0, {rd, rd}, low));
}

void Scene::begin_unit(bool removable) {
  const auto here = static_cast<std::uint32_t>(code.size());
  if (!units.empty()) units.back().count = here - units.back().first;
  units.push_back({here, 0, removable});
  if (!inside_loop) landings_.push_back(here);
}

void Scene::jump_ahead(Reach reach, Word instruction, std::uint64_t units_ahead) {
  jumps_.push_back({code.size(), reach, landings_.size() - 1 + units_ahead, landings_.size()});
  const bool compressed = reach == Reach::CompressedBranch || reach == Reach::CompressedJump;
  compressed ? put_half(static_cast<Half>(instruction)) : put(instruction);
}

void Scene::jump_back(Reach reach, Word instruction, std::size_t halfword) {
  const std::size_t at = code.size();
  const bool compressed = reach == Reach::CompressedBranch || reach == Reach::CompressedJump;
  compressed ? put_half(static_cast<Half>(instruction)) : put(instruction);
  patch(at, reach, (static_cast<std::int64_t>(halfword) - static_cast<std::int64_t>(at)) * 2);
}

void Scene::settle_jumps() {
  for (const Jump& jump : jumps_) {
    const bool full_size = jump.reach == Reach::Branch || jump.reach == Reach::Jal;
    const std::int64_t reach = full_size ? 4094 : jump.reach == Reach::CompressedJump ? 2046 : 254;
    std::size_t landing = std::min(jump.landing, landings_.size() - 1);
    const auto distance = [&] { return static_cast<std::int64_t>(landings_[landing] - jump.at) * 2; };
    while (distance() > reach && landing > jump.nearest) --landing;
    if (distance() <= reach) {
      patch(jump.at, jump.reach, distance());
    } else {
      code[jump.at] = 0x0001;
      if (full_size) code[jump.at + 1] = 0x0001;
    }
  }
}

void Scene::patch(std::size_t at, Reach reach, std::int64_t offset) {
  Word bits = 0;
  if (reach == Reach::Branch) bits = b_offset(offset);
  if (reach == Reach::Jal) bits = j_offset(offset);
  if (reach == Reach::CompressedBranch) bits = cb_offset(offset);
  if (reach == Reach::CompressedJump) bits = cj_offset(offset);
  code[at] = static_cast<Half>(code[at] | bits);
  if (bits >> 16 != 0) code[at + 1] = static_cast<Half>(code[at + 1] | bits >> 16);
}

}  // namespace roost::random_programs
