#include "tests/differential/random/scene.hpp"

namespace roost::random_programs {
namespace {

constexpr std::uint64_t kFloatOn = 3 << 13;

struct Kind {
  unsigned weight;
  void (*append)(Scene&);
};

constexpr Kind kKinds[] = {
    {22, integer_unit}, {6, constant_unit}, {12, compressed_unit}, {6, random_word_unit}, {26, float_unit},
    {20, memory_unit},  {6, atomic_unit},   {10, jump_unit},       {3, illegal_unit},     {6, csr_unit},
    {2, privileged_unit}, {1, patched_code_unit},
};

void append_any(Scene& scene) {
  unsigned total = 0;
  for (const Kind& kind : kKinds) total += kind.weight;
  auto roll = static_cast<unsigned>(scene.dice.below(total));
  for (const Kind& kind : kKinds) {
    if (roll < kind.weight) return kind.append(scene);
    roll -= kind.weight;
  }
}

std::uint16_t any_flags(Dice& dice, Mode mode) {
  const std::uint64_t user = dice.percent(90) == (mode == Mode::User) ? kUser : 0;
  if (dice.percent(55)) return static_cast<std::uint16_t>(kValid | kRead | kWrite | kAccessed | kDirty | user);
  if (dice.percent(10)) return 0;
  std::uint64_t flags = (dice.word() & 0xef) | kValid | user;
  if ((flags & (kRead | kWrite | kExecute)) == 0) flags |= kRead;  // or it would point to a table of random entries
  // QEMU 7.2 lets S-mode execute a user page after SUM has let it load from there.
  if (mode == Mode::Supervisor && user != 0) flags &= ~kExecute;
  return static_cast<std::uint16_t>(flags);
}

void choose_paging(Dice& dice, Program& program) {
  program.paging = dice.percent(80) ? 8 : dice.percent(60) ? 9 : 0;
  program.super_flags = any_flags(dice, program.mode);
  program.giga_flags = any_flags(dice, program.mode);
  const std::uint64_t user = program.mode == Mode::User ? kUser : 0;
  for (std::uint16_t& flags : program.code_flags) {
    flags = static_cast<std::uint16_t>(kValid | kExecute | kAccessed | user);
    if (dice.percent(50)) flags |= kRead;
    if (dice.percent(8)) flags ^= dice.among({kValid, kExecute, kUser, kAccessed});
  }
  for (std::uint16_t& flags : program.window_flags) flags = any_flags(dice, program.mode);
  for (std::uint8_t& page : program.window_page) page = static_cast<std::uint8_t>(dice.below(kScratchPages));
  program.window_flags[kWindowPages - 1] =
      static_cast<std::uint16_t>(kValid | kRead | kWrite | kAccessed | kDirty | user);
  const std::uint64_t leaf = kScratch >> 2 | kValid | kRead | kWrite | kExecute | kAccessed | kDirty | user;
  const std::uint64_t pointer = (kTables + 5 * kPage) >> 2 | kValid;  // to the window's table
  for (std::uint64_t& entry : program.raw_entries) {
    entry = dice.among<std::uint64_t>({0, leaf, leaf ^ kRead, leaf ^ kAccessed, leaf ^ kDirty, leaf | kPage >> 2,
                                       leaf | std::uint64_t{1} << dice.between(54, 63), pointer, pointer | kAccessed,
                                       pointer | kDirty, pointer | kUser, pointer | std::uint64_t{1} << 62,
                                       leaf | 3 << 8, pointer | kGlobal});
  }
}

void choose_status(Dice& dice, Program& program) {
  program.mstatus = dice.percent(97) ? kFloatOn : 0;
  constexpr std::uint64_t kSum = 1 << 18;
  constexpr std::uint64_t kMxr = 1 << 19;
  constexpr std::uint64_t kTrapWfi = 1 << 21;
  constexpr std::uint64_t kTrapFenceAndSret = 5 << 20;
  constexpr std::uint64_t kDelegable = 0xb1ff;  // all but ecalls from S- and M-mode
  program.medeleg = dice.percent(50) ? 0 : dice.word() & kDelegable;
  program.mstatus |= dice.word() & (kSum | kMxr | kTrapWfi);
  if (program.medeleg == 0) program.mstatus |= dice.word() & kTrapFenceAndSret;  // the S-mode handler does both
  program.repairs = static_cast<std::uint8_t>(dice.word());
  program.resume_register = 0;
  // Rights of their own for one page of scratch memory. Whether a misaligned access across its end is one access or two
  // is free, so that programs with such a page only make aligned ones.
  if (dice.percent(15)) {
    const std::uint64_t page = dice.below(kScratchPages);
    program.pmp_address = (kScratch + page * kPage) >> 2 | 0x1ff;
    program.window_page[kWindowPages - 1] = static_cast<std::uint8_t>((page + 1) % kScratchPages);
    program.pmp_config = 3 << 3 | dice.among({0U, 1U, 3U, 4U, 5U, 7U});
  }
}

/// In scratch memory: physical, or by one of its virtual names.
std::uint64_t any_base(Dice& dice, bool virtual_name) {
  if (!virtual_name) return kScratch + 0x800 + dice.below((kScratchPages - 1) * kPage / 0x800) * 0x800;
  const std::uint64_t inside = dice.below(kScratchPages * 2) * 0x800;
  std::uint64_t base = kWindowVirtual + dice.below(kWindowPages * 2) * 0x800;
  if (dice.percent(20)) base = kSuperVirtual + inside;
  if (dice.percent(10)) base = kGigaVirtual + (kScratch - kImageBase) + inside;
  if (dice.percent(10)) base = kRawVirtual + (dice.below(kRawEntries) << 21) + inside;
  if (base < kGigaVirtual && dice.percent(20)) base += kLastGiB;
  return base;
}

void choose_registers(Scene& scene) {
  Dice& dice = scene.dice;
  Program& program = scene.program;
  for (std::uint64_t& value : program.x) value = corner_value(dice);
  for (std::uint64_t& value : program.f) value = corner_value(dice);
  program.x[0] = 0;
  program.fcsr = static_cast<std::uint16_t>(dice.below(5) << 5 | (dice.percent(50) ? dice.below(32) : 0));
  const bool translated = program.paging != 0;
  const auto reserve = [&](unsigned x, std::uint64_t value) {
    scene.reserved |= 1U << x;
    program.x[x] = value;
    return x;
  };
  const auto other = [&] {
    unsigned x = 0;
    while (x == 0) x = scene.target();
    return x;
  };
  const bool virtual_names = translated && program.mode != Mode::Machine;
  const bool misaligned = program.pmp_config == 0 && dice.percent(40);
  scene.bases[0] = reserve(dice.percent(70) ? 2 : other(), any_base(dice, virtual_names));
  scene.bases[1] = reserve(scene.small_target(), any_base(dice, virtual_names) + (dice.percent(20) ? 16 : 0));
  scene.compressed_base = scene.bases[1];
  scene.bases[2] = reserve(other(), any_base(dice, virtual_names) + (misaligned ? dice.below(16) : 0));
  scene.resume = reserve(other(), 0);
  if (translated && program.mode == Mode::Machine) scene.virtual_base = reserve(other(), any_base(dice, true));
  scene.wild = virtual_names;
  const std::uint64_t last_page = virtual_names ? kWindowVirtual + (kWindowPages - 1) * kPage
                                                : kScratch + program.window_page[kWindowPages - 1] * kPage;
  scene.steady_address = last_page + 0x7c0;
  program.resume_register = static_cast<std::uint8_t>(scene.resume);
}

}  // namespace

RandomProgram generate(std::uint64_t seed) {
  Dice dice(seed);
  RandomProgram random;
  random.seed = seed;
  Program& program = random.description;
  program.mode = dice.among({Mode::User, Mode::Supervisor, Mode::Machine});
  program.scratch_seed = dice.word() | 1;
  const std::uint64_t near_page_end = kPage - 2 * dice.below(200);
  program.code_offset = static_cast<std::uint16_t>(dice.percent(50) ? near_page_end : 2 * dice.below(kPage / 2));
  choose_paging(dice, program);
  choose_status(dice, program);
  Scene scene(dice, program);
  choose_registers(scene);
  for (std::uint64_t units = 50 + dice.below(100); units > 0; --units) append_any(scene);
  scene.begin_unit(false);
  scene.put(kEcall);
  scene.units.back().count = 2;
  scene.settle_jumps();
  random.code = std::move(scene.code);
  random.units = std::move(scene.units);
  program.code_bytes = static_cast<std::uint32_t>(random.code.size() * 2);
  program.bytes = static_cast<std::uint32_t>((sizeof(Program) + program.code_bytes + 7) & ~std::size_t{7});
  return random;
}

}  // namespace roost::random_programs
