// barrier_storm: all harts meet at one barrier after another, and look there at what a neighbour did before it.
//   kind    halt | spin       wait by WFI and IPI, or spin              [halt]
//   rounds  1..100000000      barriers passed                           [200]
//   work    0..1000000        loop turns between two barriers           [100]

#include "guest/runtime/barrier.hpp"
#include "guest/runtime/checksum.hpp"
#include "guest/runtime/harts.hpp"
#include "guest/runtime/program.hpp"

namespace guest {
namespace {

constexpr const char* kKinds[] = {"halt", "spin"};

struct Progress {
  uint64_t round = 0;  // read by the neighbour after the barrier: no atomics
  uint64_t checksum = 0;
  uint64_t wrong = 0;
};

HaltingBarrier halting_barrier;
SpinningBarrier spinning_barrier;
PerHart<Progress> progress;

template <typename Barrier>
void storm(Barrier& barrier, uint64_t rounds, uint64_t work) {
  Progress& mine = progress.mine();
  const Progress& neighbour = progress[(hart_id() + 1) % hart_count()];
  for (uint64_t round = 1; round <= rounds; ++round) {
    for (uint64_t i = 0; i < work; ++i) asm volatile("");
    mine.round = round;
    barrier.wait();
    if (neighbour.round != round) ++mine.wrong;
    mine.checksum += scatter(hart_id() << 32 | neighbour.round);
    barrier.wait();
  }
}

}  // namespace

ExitCode run(Arguments& arguments) {
  const uint64_t kind = arguments.choice("kind", kKinds);
  const uint64_t rounds = arguments.number("rounds", 200, {1, 100'000'000});
  const uint64_t work = arguments.number("work", 100, {0, 1'000'000});
  arguments.done();

  on_every_hart(
      [=] { kind == 0 ? storm(halting_barrier, rounds, work) : storm(spinning_barrier, rounds, work); });

  bool ok = true;
  Checksum checksum;
  for (uint64_t hart = 0; hart < hart_count(); ++hart) {
    ok = ok && progress[hart].wrong == 0;
    checksum.add(progress[hart].checksum);
  }
  return report(ok, "barrier_storm: harts=%lu kind=%s rounds=%lu checksum=0x%016lx", hart_count(), kKinds[kind], rounds,
                checksum.value());
}

}  // namespace guest
