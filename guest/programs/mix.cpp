// mix: a CoreMark-like mix of integer work on hart 0 alone; measures the engine, in work units and instructions.
//   rounds  1..100000000    units of work                           [1000]
//   seed    0..1000000      what the work is done on                [1]

#include "guest/runtime/console.hpp"
#include "guest/runtime/csr.hpp"
#include "guest/runtime/harts.hpp"
#include "guest/runtime/integer_mix.hpp"
#include "guest/runtime/platform.hpp"
#include "guest/runtime/program.hpp"

namespace guest {

ExitCode run(Arguments& arguments) {
  const uint64_t rounds = arguments.number("rounds", 1000, {1, 100'000'000});
  const uint64_t seed = arguments.number("seed", 1, {0, 1'000'000});
  arguments.done();

  IntegerMix mix(seed);
  const uint64_t instructions = read_csr<Csr::minstret>();
  const uint64_t start = now_ticks();
  while (mix.units() < rounds) mix.run_unit();
  const uint64_t ticks = now_ticks() - start;
  const uint64_t retired = read_csr<Csr::minstret>() - instructions;

  const ExitCode code = report(true, "mix: harts=%lu rounds=%lu seed=%lu units=%lu checksum=0x%016lx", hart_count(),
                               rounds, seed, mix.units(), uint64_t{mix.crc()});
  print("# work_us=%lu minstret=%lu\n", ticks * 1'000'000 / platform().ticks_per_second, retired);
  return code;
}

}  // namespace guest
