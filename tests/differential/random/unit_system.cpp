#include "tests/differential/random/scene.hpp"

namespace roost::random_programs {
namespace {

// Control and status registers whose values say nothing about the implementation or the time.
constexpr Word kFloatCsrs[] = {0x001, 0x002, 0x003};                                  // fflags, frm, fcsr
constexpr Word kMachineScratch[] = {0x140, 0x141, 0x143, 0x341, 0x343};  // sscratch, sepc, stval, mepc, mtval
constexpr Word kMachineReadable[] = {0x100, 0x142, 0x180, 0x300, 0x301, 0x302, 0x342, 0xf14};
constexpr Word kMachineOnly[] = {0x300, 0x301, 0x302, 0x305, 0x340, 0x341, 0x342, 0x343, 0x3a0, 0x3b0, 0xb00, 0xf14};
constexpr Word kSupervisorScratch[] = {0x141, 0x143};                                 // sscratch is the handler's
constexpr Word kSupervisorReadable[] = {0x100, 0x142, 0x180, 0x106};
// Neither in RV64GC nor in what an implementation adds: user traps, vectors, hypervisor, custom, debug-mode only.
constexpr Word kMissing[] = {0x000, 0x005, 0x041, 0x008, 0x00f, 0xc20, 0xc22, 0x600, 0x680, 0x200, 0x800, 0x8ff, 0xcc0,
                             0x5c0, 0x9c0, 0xbc0, 0xfc0, 0x7b0, 0x7b2, 0x14d, 0x015, 0x45, 0x2ff, 0x6ff};
constexpr Word kCounters[] = {0xc00, 0xc01, 0xc02, 0xc03};                            // closed by mcounteren
constexpr Word kReadOnly[] = {0xf11, 0xf12, 0xf13, 0xf14, 0xc00, 0xc02};

Word any_form(Dice& dice) { return dice.among({1U, 2U, 3U, 5U, 6U, 7U}); }

/// Reads only: csrrs and csrrc with x0 or 0.
void put_read(Scene& scene, Word number) {
  scene.put(csr(scene.dice.among({2U, 3U, 6U, 7U}), number, scene.target(), 0));
}

void put_any(Scene& scene, Word number) {
  scene.put(csr(any_form(scene.dice), number, scene.target(), scene.source()));
}

/// The exception program counters get even values only: QEMU 7.2 keeps bit 0 of sepc.
void put_scratch(Scene& scene, Word number) {
  if (number != 0x141 && number != 0x341) return put_any(scene, number);
  scene.put(csr(scene.dice.among({5U, 6U, 7U}), number, scene.target(), scene.source() & 30));
}

void put_float_csr(Scene& scene) {
  Dice& dice = scene.dice;
  const Word number = dice.among(kFloatCsrs);
  if (number == 1 || dice.percent(10)) return put_any(scene, number);
  // Mostly legal rounding modes: they stay for the instructions that follow.
  const auto mode = static_cast<Word>(dice.below(5));
  if (number == 2 || dice.percent(50)) return scene.put(csr(5, 2, scene.target(), static_cast<unsigned>(mode)));
  const unsigned value = scene.target();
  scene.put(i_type(kOpImm, 0, {value, 0}, static_cast<std::int64_t>(mode << 5 | dice.below(32))));
  scene.put(csr(1, 3, scene.target(), value));
}

void put_privileged_csr(Scene& scene) {
  Dice& dice = scene.dice;
  const Mode mode = scene.program.mode;
  if (mode == Mode::Machine) {
    return dice.percent(50) ? put_scratch(scene, dice.among(kMachineScratch))
                            : put_read(scene, dice.among(kMachineReadable));
  }
  if (mode == Mode::Supervisor && dice.percent(70)) {
    return dice.percent(50) ? put_scratch(scene, dice.among(kSupervisorScratch))
                            : put_read(scene, dice.among(kSupervisorReadable));
  }
  if (mode == Mode::User && dice.percent(50)) return put_any(scene, dice.among(kSupervisorScratch));
  put_any(scene, dice.among(kMachineOnly));
}

Word any_illegal_word(Scene& scene) {
  Dice& dice = scene.dice;
  const Registers r{scene.target(), scene.source(), scene.source()};
  const auto bits = static_cast<Word>(dice.word());
  switch (dice.below(16)) {
    case 0: return 0xffff'ffff;
    case 1: {  // custom, vector, reserved, longer
      const Word opcode = dice.among({0x0bU, 0x2bU, 0x5bU, 0x7bU, 0x57U, 0x77U, 0x6bU, 0x1fU, 0x5fU});
      return r_type(opcode, bits & 7, bits >> 25, r);
    }
    case 2: return r_type(kBranch, dice.among({2U, 3U}), bits >> 25, r);
    case 3: return i_type(kLoad, 7, r, bits >> 20);
    case 4: return s_type(kStore, dice.among({4U, 5U, 6U, 7U}), r, bits >> 20);
    case 5: return i_type(kLoadFp, dice.among({0U, 1U, 4U}), r, bits >> 20);         // vectors, half, quad
    case 6: return s_type(kStoreFp, dice.among({0U, 1U, 4U}), r, bits >> 20);
    case 7: return r_type(kAmo, dice.among({0U, 1U, 4U, 5U, 6U, 7U}), bits >> 25, r);
    case 8: return r_type(kAmo, dice.among({2U, 3U}), dice.among({5U, 6U, 7U, 9U, 31U, 17U}) << 2, r);
    case 9: return i_type(kJalr, 1 + dice.below(7), r, bits >> 20);
    case 10: return r_type(kOp, dice.among({2U, 4U, 6U}), 0x10, r);                  // Zba
    case 11: return r_type(kOpFp, 0, dice.among({0x02U, 0x03U, 0x22U, 0x7aU}), r);   // Zfh, Q
    case 12: return r_type(kOpFp, dice.among({5U, 6U}), dice.among({0U, 1U, 8U, 9U, 0x0cU}), r);  // reserved rounding
    case 13: return i_type(kOpImm32, dice.among({1U, 5U}), r, 0x20 | (bits & 31));   // shift amount beyond a word
    case 14: return r_type(kSystem, 4, 0x30 | (bits & 7), r);                        // hypervisor loads
    default: return r_type(kMiscMem, 2, 0, {0, r.rs1, static_cast<unsigned>(bits & 1)});  // cbo
  }
}

Half any_illegal_half(Dice& dice) {
  const auto bits = static_cast<Word>(dice.word());
  switch (dice.below(7)) {
    case 0: return 0x0000;
    case 1: return c_type(0, 4, bits & 0x1ffc);
    case 2: return c_type(1, 1, bits & 0x107c);                    // c.addiw x0
    case 3: return c_type(1, 3, (bits & 0x0f80) | (bits & 0x0f80 ? 0 : 2U << 7));  // c.lui, c.addi16sp of 0
    case 4: return c_type(2, dice.among({2U, 3U}), bits & 0x107c);  // c.lwsp, c.ldsp x0
    case 5: return 0x8002;                                         // c.jr x0
    default: return c_type(1, 4, 0x1c40 | (bits & 0x03bc));        // reserved arithmetic
  }
}

}  // namespace

void illegal_unit(Scene& scene) {
  Dice& dice = scene.dice;
  scene.begin_unit();
  const std::uint64_t kind = dice.below(100);
  if (kind < 15) return scene.put(kEcall);
  if (kind < 25) return scene.put(0x0010'0073);
  if (kind < 30) return scene.put_half(0x9002);  // c.ebreak
  if (kind < 70) return scene.put(any_illegal_word(scene));
  scene.put_half(any_illegal_half(dice));
}

void csr_unit(Scene& scene) {
  Dice& dice = scene.dice;
  scene.begin_unit();
  const std::uint64_t kind = dice.below(100);
  if (kind < 60) return put_float_csr(scene);
  if (kind < 85) return put_privileged_csr(scene);
  if (kind < 93) return put_any(scene, dice.among(kMissing));
  if (kind < 97) return scene.put(csr(1, dice.among(kReadOnly), scene.target(), scene.source()));
  if (scene.program.mode != Mode::Machine) put_any(scene, dice.among(kCounters));
}

void privileged_unit(Scene& scene) {
  Dice& dice = scene.dice;
  constexpr std::uint64_t kTrapWfi = 1 << 21;
  constexpr std::uint64_t kTrapSret = 1 << 22;
  const bool user = scene.program.mode == Mode::User;
  const bool machine = scene.program.mode == Mode::Machine;
  scene.begin_unit();
  const auto any = static_cast<Word>(dice.word());
  switch (any % 7) {
    case 0: return scene.put(0x0000'000f | (any & 0x0ff0'0000));  // fence
    case 1: return scene.put(0x0000'100f);  // fence.i
    case 2: return scene.put(r_type(kSystem, 0, 9, {0, scene.source(), scene.source()}));  // sfence.vma
    case 3: return scene.put(machine ? 0x0100'000f : 0x3020'0073);                         // pause, mret
    case 4: return scene.put(user || (!machine && (scene.program.mstatus & kTrapSret) != 0) ? 0x1020'0073 : 0x13);
    case 5: return scene.put(!machine && (scene.program.mstatus & kTrapWfi) != 0 ? 0x1050'0073 : 0x13);
    default: {  // hfence.vvma, hfence.gvma, sinval.vma, and one that nobody has
      const Word funct7 = dice.among({0x11U, 0x31U, 0x0bU, 0x7fU});
      return scene.put(r_type(kSystem, 0, funct7, {0, scene.source(), scene.source()}));
    }
  }
}

/// Stores over an instruction a few halfwords ahead, then fence.i. Only where code may be written: in M-mode.
void patched_code_unit(Scene& scene) {
  Dice& dice = scene.dice;
  if (scene.program.mode != Mode::Machine) return integer_unit(scene);
  unsigned pointer = 0;
  while (pointer == 0) pointer = scene.target();
  unsigned value = 0;
  while (value == 0 || value == pointer) value = scene.target();
  scene.begin_unit();
  scene.put(u_type(kAuipc, pointer, 0));
  const std::size_t start = scene.code.size() - 2;
  const Word funct3 = dice.among({0U, 4U, 6U, 7U});
  const Word written = i_type(kOpImm, funct3, {scene.target(), scene.source()}, dice.between(-2048, 2047));
  scene.put_constant(value, static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(written)}));
  const std::size_t here = scene.code.size();
  scene.put(s_type(kStore, 2, {0, pointer, value}, static_cast<std::int64_t>(here + 4 - start) * 2));
  scene.put(0x0000'100f);
  scene.put(i_type(kOpImm, 0, {scene.target(), scene.source()}, 1));  // this one
}

}  // namespace roost::random_programs
