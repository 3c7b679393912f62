// What happens between crt0 and a program, and how harts other than 0 wait for work.

#include "guest/runtime/arguments.hpp"
#include "guest/runtime/atomic.hpp"
#include "guest/runtime/device_tree.hpp"
#include "guest/runtime/finish.hpp"
#include "guest/runtime/harts.hpp"
#include "guest/runtime/program.hpp"

extern "C" {
[[noreturn]] void start_first_hart(const void* tree);
[[noreturn]] void start_other_hart();

/// In .data, not .bss: the other harts look at it before hart 0 has cleared .bss.
[[gnu::section(".data")]] guest::Atomic<uint32_t> boot_gate;
}

namespace guest {
namespace {

/// What every hart is to run next. `number` publishes body and argument; `left` tells hart 0 that all have run it.
struct Job {
  void (*body)(void*) = nullptr;
  void* argument = nullptr;
  Atomic<uint64_t> number;
  Atomic<uint64_t> left;
};

Platform this_platform;
Job job;

void wake_others() {
  for (uint64_t hart = 1; hart < hart_count(); ++hart) send_ipi(hart);
}

}  // namespace

const Platform& platform() { return this_platform; }

uint64_t hart_count() { return this_platform.harts; }

void on_every_hart(void (*body)(void*), void* argument) {
  job.body = body;
  job.argument = argument;
  job.left.store(hart_count() - 1);
  job.number.fetch_add(1);
  wake_others();
  body(argument);
  halt_until([] { return job.left.load() == 0; });
  this_platform.worked_until_ticks = now_ticks();
}

}  // namespace guest

void start_first_hart(const void* tree) {
  using namespace guest;
  if (!read_device_tree(tree, this_platform)) {
    give_up(ExitCode::NoPlatform, "no device tree with harts and memory at the address in a1");
  }
  if (this_platform.harts > kMaxHarts) {
    give_up(ExitCode::NoPlatform, "%lu harts are too many for a toy guest; give it at most %lu", this_platform.harts,
            kMaxHarts);
  }
  this_platform.started_at_ticks = now_ticks();
  boot_gate.store(1);
  wake_others();
  Arguments arguments(this_platform.arguments);
  finish(run(arguments));
}

void start_other_hart() {
  using namespace guest;
  uint64_t done = 0;
  while (true) {
    halt_until([done] { return job.number.load() != done; });
    ++done;
    job.body(job.argument);
    if (job.left.fetch_sub(1) == 1) send_ipi(0);
  }
}
