// spin: every hart does integer work and meets no other; what a fair scheduler shares out.
//   rounds   1..100000000   units of work for each hart                     [100]
//   seconds  0..1000        work so long instead, however much that is; 0 is off  [0]

#include "guest/runtime/harts.hpp"
#include "guest/runtime/integer_mix.hpp"
#include "guest/runtime/platform.hpp"
#include "guest/runtime/program.hpp"

namespace guest {
namespace {

constexpr uint64_t kSeed = 7;

struct Done {
  uint64_t units = 0;
  uint32_t crc = 0;
};

PerHart<Done> done;

ExitCode spin_for(uint64_t seconds) {
  const uint64_t until = now_ticks() + seconds * platform().ticks_per_second;
  on_every_hart([=] {
    IntegerMix mix(kSeed);
    while (now_ticks() < until) mix.run_unit();
    done.mine() = {mix.units(), mix.crc()};
  });
  bool ok = true;
  for (uint64_t hart = 0; hart < hart_count(); ++hart) ok = ok && done[hart].units > 0;
  return report(ok, "spin: harts=%lu seconds=%lu", hart_count(), seconds);
}

ExitCode spin_rounds(uint64_t rounds) {
  on_every_hart([=] {
    IntegerMix mix(kSeed);
    while (mix.units() < rounds) mix.run_unit();
    done.mine() = {mix.units(), mix.crc()};
  });
  bool ok = true;
  uint64_t units = 0;
  for (uint64_t hart = 0; hart < hart_count(); ++hart) {
    units += done[hart].units;
    ok = ok && done[hart].crc == done[0].crc;
  }
  return report(ok, "spin: harts=%lu rounds=%lu units=%lu checksum=0x%016lx", hart_count(), rounds, units,
                uint64_t{done[0].crc});
}

}  // namespace

ExitCode run(Arguments& arguments) {
  const uint64_t rounds = arguments.number("rounds", 100, {1, 100'000'000});
  const uint64_t seconds = arguments.number("seconds", 0, {0, 1000});
  arguments.done();
  return seconds > 0 ? spin_for(seconds) : spin_rounds(rounds);
}

}  // namespace guest
