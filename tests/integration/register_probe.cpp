// The guest of register_probe_test: a seeded row of loads and stores against the board's devices, with every value that
// came back, every access fault and the interrupt lines of hart 0 after each, printed at the end.
//
// Only what cannot depend on time is touched: mtime is not read, timers are long over or never due, and the UART's
// trigger level is one byte, since below it a real UART's interrupt waits.

namespace {

using Word = unsigned long;

constexpr Word kUart = 0x1000'0000, kClint = 0x200'0000, kPlic = 0xc00'0000, kFinisher = 0x10'0000;
constexpr unsigned kSteps = 600;

struct Step {
  Word at, stored, loaded, cause, lines;
  unsigned size;
  bool store;
};

volatile Word seed = 0x5eed'5eed'5eed'5eed;  // the test puts its own here, into the file
Word random_state;
Step steps[kSteps];

}  // namespace

extern "C" {
Word trap_cause;
Word load1(Word at);
Word load2(Word at);
Word load4(Word at);
Word load8(Word at);
void store1(Word at, Word value);
void store2(Word at, Word value);
void store4(Word at, Word value);
void store8(Word at, Word value);
}

// Hart 0 goes to probe(), the others halt. A trap notes its cause and skips the access, which is four bytes long.
asm(R"(
  .section .text.start, "ax"
  .option push
  .option norvc
  .option norelax
  .globl _start
_start:
  bnez a0, 1f
  la sp, _end + 65536
  la t0, 2f
  csrw mtvec, t0
  call probe
1: wfi
  j 1b
  .balign 4
2: csrr t0, mepc
  addi t0, t0, 4
  csrw mepc, t0
  csrr t0, mcause
  la t1, trap_cause
  sd t0, 0(t1)
  mret
load1: lbu a0, 0(a0)
  ret
load2: lhu a0, 0(a0)
  ret
load4: lwu a0, 0(a0)
  ret
load8: ld a0, 0(a0)
  ret
store1: sb a1, 0(a0)
  ret
store2: sh a1, 0(a0)
  ret
store4: sw a1, 0(a0)
  ret
store8: sd a1, 0(a0)
  ret
  .option pop
)");

namespace {

Word next_random() {  // xorshift64*
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return random_state * 0x2545f4914f6cdd1d >> 16;
}
Word below(Word limit) { return next_random() % limit; }

template <unsigned long n>
Word one_of(const Word (&choices)[n]) {
  return choices[below(n)];
}

Step in_uart() {
  constexpr Word kData = 0, kFifoControl = 2, kModemControl = 4;
  Word at = below(20) ? below(8) : below(0x100);
  const unsigned size = at >= 8 || below(4) ? 1 : 1u << below(3);
  at &= ~Word{size - 1};
  Word stored = below(256);
  if (at == kFifoControl) stored &= 0x3f;
  if (at == kModemControl) stored |= below(4) ? 0x10 : 0;  // mostly looped, so that something is received
  if (at == kData && below(3)) stored &= 0x7f;
  return {kUart + at, stored, 0, 0, 0, size, below(2) == 0};
}

Step in_clint() {
  const Word at = one_of({0x0, 0x4, 0x8, 0x7fc, 0x4000, 0x4004, 0x4008, 0x400c, 0x4010, 0xbff0, 0xc000, 0xfff8});
  const unsigned size = at % 8 || below(2) ? 4 : 8;
  const Word stored = one_of({0, 1, 2, 0xffff'ffff, 0x8000'0000, 0x7fff'ffff'0000'0000});
  return {kClint + at, stored, 0, 0, 0, below(20) ? size : 1u << below(4), below(3) != 0};
}

Step in_plic() {
  const Word context = below(5);
  const Word at = one_of({40, 40, 4 * below(96), 0x1000 + 4 * below(4), 0x2000 + 0x80 * context + 4 * below(4), 0x2000,
                          0x2080, 0x20'0000 + 0x1000 * context, 0x20'0004 + 0x1000 * context, 0x20'0008, 0x3f'f004});
  const Word stored = one_of({0, 1, 2, 7, 8, 10, 95, 1 << 10, 0xffff'ffff});
  return {kPlic + at, stored, 0, 0, 0, below(30) ? 4 : 1u << below(4), below(2) == 0};
}

Step next_step() {
  const Word where = below(20);
  const Step finisher{kFinisher + 4 * below(4), 0, 0, 0, 0, 1u << below(4), false};
  Step step = where < 9 ? in_uart() : where < 13 ? in_clint() : where < 19 ? in_plic() : finisher;
  step.at &= ~Word{step.size - 1};
  return step;
}

bool is_claim(Word at) { return at >= kPlic + 0x20'0000 && (at & 0xfff) == 4; }

bool is_enable(Word at) { return at >= kPlic + 0x2000 && at < kPlic + 0x20'0000; }

/// A claim with its completion, the UART's wire low in between: QEMU's PLIC has no gateway (vmm/devices/plic.hpp).
Word claim_quietly(Word at) {
  store1(kUart + 3, 0);
  store1(kUart + 1, 0);
  const Word source = load4(at);
  store4(at, source);
  return source;
}

void perform(Step& step) {
  constexpr Word (*kLoads[])(Word) = {load1, load2, load4, load8};
  constexpr void (*kStores[])(Word, Word) = {store1, store2, store4, store8};
  const unsigned log = step.size == 8 ? 3 : step.size / 2;
  trap_cause = 0;
  if (step.store) {
    kStores[log](step.at, step.stored);
  } else if (step.size == 4 && is_claim(step.at)) {
    step.loaded = claim_quietly(step.at);
  } else {
    step.loaded = kLoads[log](step.at);
  }
  step.cause = trap_cause;
  if (step.store && is_enable(step.at)) store4(kPlic + 4, load4(kPlic + 4));  // only now does QEMU look at enables
  if (step.cause) step.loaded = 0;
  asm volatile("csrr %0, mip" : "=r"(step.lines));
}

void print(const char* text) {
  for (; *text; ++text) store1(kUart, static_cast<Word>(*text));
}
void print_hex(Word number) {
  print(" ");
  bool begun = false;
  for (int shift = 60; shift >= 0; shift -= 4) {
    const char digit[2] = {"0123456789abcdef"[number >> shift & 15], 0};
    begun |= digit[0] != '0' || shift == 0;
    if (begun) print(digit);
  }
}

}  // namespace

extern "C" [[noreturn]] void probe() {
  random_state = seed;
  while (load8(kClint + 0xbff8) < 100) {  // so that a timer at 2 is over
  }
  for (Step& step : steps) {
    step = next_step();
    perform(step);
  }
  constexpr Word kControls[] = {3, 4, 1, 2};  // as after reset, so that the printing below is only that
  for (const Word offset : kControls) store1(kUart + offset, 0);
  print("\nPROBED\n");
  for (const Step& step : steps) {
    print(step.store ? "store" : "load");
    const Word numbers[] = {step.size, step.at, step.stored, step.loaded, step.cause, step.lines};
    for (const Word number : numbers) print_hex(number);
    print("\n");
  }
  store4(kFinisher, 0x5555);
  for (;;) {
  }
}
