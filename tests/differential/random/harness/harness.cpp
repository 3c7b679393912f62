// The room: runs the batch of random programs that lies behind it in memory, one after another, and prints one line on
// each: a digest of registers, floating point flags, memory, page tables and traps; or, when asked, all of it.
// Not here: anything random. This file is the same for every batch.
#include <stdint.h>

#include "tests/differential/random/harness/csr.hpp"
#include "tests/differential/random/harness/here.hpp"
#include "tests/differential/random/harness/paging.hpp"
#include "tests/differential/random/image_layout.hpp"

namespace roost::random_programs {
namespace {

struct Frame {  // as entry.S has it
  uint64_t x[32];
  uint64_t f[32];
  uint64_t fcsr;
  uint64_t stack;
};

struct Trap {
  uint64_t cause, pc, value, status;
};

struct State {
  Program program;  // without its code
  uint32_t traps;
  uint64_t repaired_pc;
  bool supervisor_was_last;  // whose frame holds the registers of the end
  Frame frame_m, frame_s;
  Trap log[kTrapLimit];
};

}  // namespace

extern "C" {
extern char stack_m[], stack_s[], trap_m[], trap_s[], leave_s[];
extern uint64_t mstatus_to_set, final_floats[33];
void enter_program(Frame* frame);
int handle_trap_m(Frame* frame);
int handle_trap_s(Frame* frame);
[[noreturn]] void harness_main();
}

namespace {

constinit State state{};

// ---- console and end ----

void put(char c) {
  auto* const uart = reinterpret_cast<volatile uint8_t*>(0x1000'0000);
  while ((uart[5] & 0x20) == 0) {
  }
  uart[0] = static_cast<uint8_t>(c);
}

void put(const char* text) {
  while (*text != 0) put(*text++);
}

void put_hex(uint64_t value, int digits = 16) {
  while (digits-- > 0) put("0123456789abcdef"[value >> (4 * digits) & 15]);
}

[[noreturn]] void finish(uint32_t code) {
  *reinterpret_cast<volatile uint32_t*>(0x10'0000) = code;
  while (true) {
  }
}

// ---- traps ----

enum Cause : uint64_t {
  kBreakpoint = 3, kLoadAccess = 5, kStoreAccess = 7, kEcallUser = 8, kEcallSupervisor = 9, kEcallMachine = 11,
  kFetchPage = 12, kLoadPage = 13, kStorePage = 15,
};

bool in_code(uint64_t address) { return address - code_base(state.program) < kCodePages * kPage; }

unsigned instruction_bytes(uint64_t pc) {
  const uint64_t physical = kCode + (pc - code_base(state.program));
  const auto* const code = reinterpret_cast<const uint16_t*>(seen_from_here(physical));
  return (*code & 3) == 3 ? 4 : 2;
}

bool at_end(const Trap& trap) {
  const Program& program = state.program;
  const bool ecall = trap.cause == kEcallUser || trap.cause == kEcallSupervisor || trap.cause == kEcallMachine;
  return ecall && trap.pc == code_base(program) + program.code_offset + program.code_bytes - 4;
}

/// Where to go on after the trap, or 0: nowhere, the program ends here.
uint64_t resume_at(const Frame& frame, const Trap& trap) {
  const Program& program = state.program;
  if (at_end(trap) || state.traps == kTrapLimit) return 0;
  if (!in_code(trap.pc)) {
    const uint64_t resume = frame.x[program.resume_register];
    return in_code(resume) ? resume : 0;
  }
  if (trap.cause == kFetchPage) {
    if (trap.pc == state.repaired_pc && trap.value == trap.pc) return 0;
    repair_code_page(program, trap.value);
    state.repaired_pc = trap.pc;
    return trap.pc;
  }
  const bool page_fault = trap.cause == kLoadPage || trap.cause == kStorePage;
  if (page_fault && trap.pc != state.repaired_pc && (program.repairs >> (state.traps % 8) & 1) != 0 &&
      repair_window_page(program, trap.value)) {
    state.repaired_pc = trap.pc;
    return trap.pc;
  }
  return trap.pc + instruction_bytes(trap.pc);
}

uint64_t on_trap(Frame& frame, Trap trap) {
  if (trap.cause == kBreakpoint) trap.value = 0;  // may be pc or 0
  // Of a misaligned access that reaches no memory, QEMU gives the address of the aligned part that it tried first.
  if (trap.cause == kLoadAccess || trap.cause == kStoreAccess) trap.value &= ~uint64_t{7};
  state.supervisor_was_last = &frame == &state.frame_s;
  state.log[state.traps++] = trap;
  return resume_at(frame, trap);
}

}  // namespace

namespace {

/// The address of something of the harness as its S-mode handler sees it.
uint64_t for_s_mode(const void* thing) {
  return reinterpret_cast<uint64_t>(thing) + (state.program.paging != 0 ? kHarnessVirtual - kImageBase : 0);
}

}  // namespace

int handle_trap_m(Frame* frame) {
  const Trap trap{read_csr<Csr::Mcause>(), read_csr<Csr::Mepc>(), read_csr<Csr::Mtval>(), read_csr<Csr::Mstatus>()};
  const uint64_t from_mode = trap.status >> 11 & 3;
  if (trap.pc == for_s_mode(leave_s) && from_mode == 1) return 1;
  const uint64_t harness = from_mode == 3 ? kImageBase : kHarnessVirtual;
  if (trap.pc - harness < kBatch - kImageBase) {  // its own mistake, or the engine's
    put("harness fault: cause ");
    put_hex(trap.cause);
    put(" pc "), put_hex(trap.pc), put(" value "), put_hex(trap.value), put('\n');
    finish(0x3333 | 3 << 16);
  }
  const uint64_t resume = on_trap(*frame, trap);
  write_csr<Csr::Mepc>(resume);
  // mret will change MPP, and with it what MPRV means; QEMU 7.2 forgets its translations only when told to.
  constexpr uint64_t kMprv = 1 << 17;
  if ((trap.status & kMprv) != 0) fence_translations();
  return resume == 0;
}

int handle_trap_s(Frame* frame) {
  const Trap trap{read_csr<Csr::Scause>(), read_csr<Csr::Sepc>(), read_csr<Csr::Stval>(), read_csr<Csr::Sstatus>()};
  const uint64_t resume = on_trap(*frame, trap);
  write_csr<Csr::Sepc>(resume);
  return resume == 0;
}

namespace {

// ---- one program ----

void fill_scratch(uint64_t seed) {
  auto* const words = reinterpret_cast<uint64_t*>(kScratch);
  for (uint64_t i = 0; i < kScratchPages * kPage / 8; ++i) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    words[i] = seed;
  }
}

void load_code(const Program& program) {
  const auto* const from = reinterpret_cast<const uint16_t*>(&program + 1);
  auto* const to = reinterpret_cast<uint16_t*>(kCode + program.code_offset);
  for (uint32_t i = 0; i < program.code_bytes / 2; ++i) to[i] = from[i];
  fence_instructions();
}

void set_csrs(const Program& program) {
  constexpr uint64_t kRunning = 0x6000;  // FS on for the harness, everything else off
  write_csr<Csr::Mstatus>(kRunning);
  mstatus_to_set = program.mstatus | static_cast<uint64_t>(program.mode) << 11;
  write_csr<Csr::Medeleg>(program.mode == Mode::Machine ? 0 : program.medeleg);
  write_csr<Csr::Mcounteren>(0);
  write_csr<Csr::Scounteren>(0);
  write_csr<Csr::Pmpcfg0>(0);
  write_csr<Csr::Pmpaddr0>(program.pmp_address);
  write_csr<Csr::Pmpaddr1>(~uint64_t{0} >> 10);
  write_csr<Csr::Pmpcfg0>(0x1f00 | program.pmp_config);  // entry 1: NAPOT over everything, RWX
  write_csr<Csr::Mscratch>(reinterpret_cast<uint64_t>(&state.frame_m));
  write_csr<Csr::Sscratch>(for_s_mode(&state.frame_s));
  write_csr<Csr::Mtvec>(reinterpret_cast<uint64_t>(trap_m));
  write_csr<Csr::Stvec>(for_s_mode(reinterpret_cast<const void*>(trap_s)));
  write_csr<Csr::Mepc>(code_base(program) + program.code_offset);
  write_csr<Csr::Mcause>(0);
  write_csr<Csr::Mtval>(0);
  write_csr<Csr::Sepc>(0);
  write_csr<Csr::Scause>(0);
  write_csr<Csr::Stval>(0);
}

void run(const Program& program) {
  state.program = program;
  state.traps = 0;
  state.repaired_pc = 0;
  fill_scratch(program.scratch_seed);
  load_code(program);
  write_csr<Csr::Satp>(build_tables(program));
  fence_translations();
  set_csrs(program);
  for (int i = 0; i < 32; ++i) {
    state.frame_m.x[i] = program.x[i];
    state.frame_m.f[i] = program.f[i];
  }
  state.frame_m.fcsr = program.fcsr;
  state.frame_m.stack = reinterpret_cast<uint64_t>(stack_m);
  state.frame_s.stack = for_s_mode(stack_s);
  enter_program(&state.frame_m);
}

// ---- what became of it ----

class Digest {
 public:
  void add(uint64_t word) {
    value_ = (value_ ^ word) * 0x9e37'79b9'7f4a'7c15;
    value_ ^= value_ >> 29;
  }
  void add(const uint64_t* words, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) add(words[i]);
  }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 1;
};

uint64_t digest_of(uint64_t address, uint64_t bytes) {
  Digest digest;
  digest.add(reinterpret_cast<const uint64_t*>(address), bytes / 8);
  return digest.value();
}

const Frame& last_frame() { return state.supervisor_was_last ? state.frame_s : state.frame_m; }

void print_digest() {
  Digest digest;
  digest.add(last_frame().x + 1, 31);
  digest.add(final_floats, 33);
  digest.add(digest_of(kScratch, kScratchPages * kPage));
  digest.add(digest_of(watched_tables(), watched_table_bytes()));
  for (uint32_t i = 0; i < state.traps; ++i) digest.add(&state.log[i].cause, 4);
  put_hex(digest.value());
  put('\n');
}

void print_line(const char* what, unsigned index, uint64_t value) {
  put(what), put_hex(index, 3), put(' '), put_hex(value), put('\n');
}

void print_all() {
  for (unsigned i = 1; i < 32; ++i) print_line("x ", i, last_frame().x[i]);
  for (unsigned i = 0; i < 32; ++i) print_line("f ", i, final_floats[i]);
  print_line("fcsr ", 0, final_floats[32]);
  for (unsigned i = 0; i < state.traps; ++i) {
    print_line("trap pc     ", i, state.log[i].pc);
    print_line("trap cause  ", i, state.log[i].cause);
    print_line("trap value  ", i, state.log[i].value);
    print_line("trap status ", i, state.log[i].status);
  }
  const auto* const scratch = reinterpret_cast<const uint64_t*>(kScratch);
  for (unsigned i = 0; i < kScratchPages * kPage / 8; ++i) print_line("memory dword ", i, scratch[i]);
  const auto* const entries = reinterpret_cast<const uint64_t*>(watched_tables());
  for (unsigned i = 0; i < watched_table_bytes() / 8; ++i) print_line("page table entry ", i, entries[i]);
}

}  // namespace

void harness_main() {
  write_csr<Csr::Mie>(0);
  write_csr<Csr::Mtvec>(reinterpret_cast<uint64_t>(trap_m));
  const auto& batch = *reinterpret_cast<const BatchHeader*>(kBatch);
  uint64_t at = kBatch + sizeof(BatchHeader);
  for (uint32_t i = 0; i < batch.programs; ++i) {
    const auto& program = *reinterpret_cast<const Program*>(at);
    run(program);
    batch.verbose != 0 ? print_all() : print_digest();
    at += program.bytes;
  }
  finish(0x5555);
}

}  // namespace roost::random_programs
