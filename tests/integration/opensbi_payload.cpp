// What OpenSBI starts in S-mode for opensbi_test: takes every hart through the firmware's services and says so.
//
//   boot hart: start every other hart (HSM) -> wait until all are there -> interrupt them (IPI) -> wait for its own
//              timer (TIME) -> end the machine (SRST)
//   others:    say so -> halt until the interrupt -> say so -> stop (HSM)
//
// A service that refuses ends the machine with a failure. Linked at 0x80200000, where fw_jump jumps; freestanding.

namespace {

using Word = unsigned long;

constexpr Word kConsolePutchar = 1;
constexpr Word kTime = 0x54494d45, kIpi = 0x735049, kHsm = 0x48534d, kReset = 0x53525354;
constexpr Word kHartStart = 0, kHartStop = 1;
constexpr Word kSoftwareInterrupt = 1 << 1, kTimerInterrupt = 1 << 5;
constexpr Word kMaxHarts = 64;

struct SbiResult {
  long error;
  long value;
};

SbiResult sbi(Word extension, Word function, Word a = 0, Word b = 0, Word c = 0) {
  register Word a0 asm("a0") = a;
  register Word a1 asm("a1") = b;
  register Word a2 asm("a2") = c;
  register Word a6 asm("a6") = function;
  register Word a7 asm("a7") = extension;
  asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
  return {static_cast<long>(a0), static_cast<long>(a1)};
}

int printing;      // a lock
Word harts_here, harts_interrupted;

void print(const char* text, Word number, const char* after) {
  while (__atomic_exchange_n(&printing, 1, __ATOMIC_ACQUIRE)) {
  }
  for (; *text; ++text) sbi(kConsolePutchar, 0, static_cast<Word>(*text));
  if (number >= 10) sbi(kConsolePutchar, 0, '0' + number / 10 % 10);
  sbi(kConsolePutchar, 0, '0' + number % 10);
  for (; *after; ++after) sbi(kConsolePutchar, 0, static_cast<Word>(*after));
  __atomic_store_n(&printing, 0, __ATOMIC_RELEASE);
}

[[noreturn]] void end(bool good) {
  sbi(kReset, 0, 0, good ? 0 : 1);  // shut down; a reason of 1 is "system failure"
  for (;;) {
  }
}

/// Halts until an enabled interrupt is pending; none is taken, for sstatus.SIE stays clear.
void halt_until(Word interrupt) {
  Word pending;
  do {
    asm volatile("wfi\n csrr %0, sip" : "=r"(pending)::"memory");
  } while (!(pending & interrupt));
}

void wait_for(const Word& counter, Word wanted) {
  while (__atomic_load_n(&counter, __ATOMIC_ACQUIRE) < wanted) {
  }
}

Word start_others(Word self, void (*entry)()) {
  Word others = 0;
  for (Word hart = 0; hart < kMaxHarts; ++hart)
    if (hart != self && sbi(kHsm, kHartStart, hart, reinterpret_cast<Word>(entry), hart * 3).error == 0) ++others;
  return others;
}

}  // namespace

extern "C" void enter_other();

extern "C" void boot_hart(Word self) {
  print("payload: boot hart ", self, "\n");
  const Word others = start_others(self, enter_other);
  wait_for(harts_here, others);
  print("payload: other harts: ", others, "\n");
  for (Word hart = 0; hart <= others; ++hart)
    if (hart != self && sbi(kIpi, 0, 1, hart).error != 0) end(false);
  wait_for(harts_interrupted, others);
  Word now;
  asm volatile("rdtime %0" : "=r"(now));
  asm volatile("csrs sie, %0" ::"r"(kTimerInterrupt));
  if (sbi(kTime, 0, now + 10'000).error != 0) end(false);
  halt_until(kTimerInterrupt);
  print("payload: done on harts: ", others + 1, "\n");
  end(true);
}

extern "C" void other_hart(Word self, Word opaque) {
  if (opaque != self * 3) end(false);
  asm volatile("csrs sie, %0" ::"r"(kSoftwareInterrupt));
  print("payload: hart ", self, " is here\n");
  __atomic_fetch_add(&harts_here, 1, __ATOMIC_RELEASE);
  halt_until(kSoftwareInterrupt);
  print("payload: hart ", self, " was interrupted\n");
  __atomic_fetch_add(&harts_interrupted, 1, __ATOMIC_RELEASE);
  sbi(kHsm, kHartStop);
  end(false);
}

// Each hart has 4 KiB of stack, above the image.
asm(R"(
  .section .text.start, "ax"
  .globl _start
_start:
  la t0, boot_hart
  j 1f
  .globl enter_other
enter_other:
  la t0, other_hart
1:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, _end
  addi t1, a0, 1
  slli t1, t1, 12
  add sp, sp, t1
  andi sp, sp, -16
  jr t0
)");
