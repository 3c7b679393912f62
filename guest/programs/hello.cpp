// hello: every hart answers hart 0's call, once; the guest to try first.
//   seed    0..1000000      what the answers are made of            [1]

#include "guest/runtime/checksum.hpp"
#include "guest/runtime/harts.hpp"
#include "guest/runtime/platform.hpp"
#include "guest/runtime/program.hpp"

namespace guest {
namespace {

PerHart<uint64_t> answers;

}  // namespace

ExitCode run(Arguments& arguments) {
  const uint64_t seed = arguments.number("seed", 1, {0, 1'000'000});
  arguments.done();

  on_every_hart([=] { answers.mine() = scatter(seed + hart_id()); });

  bool ok = true;
  Checksum checksum;
  for (uint64_t hart = 0; hart < hart_count(); ++hart) {
    ok = ok && answers[hart] == scatter(seed + hart);
    checksum.add(answers[hart]);
  }
  return report(ok, "hello: harts=%lu memory=%luMiB seed=%lu checksum=0x%016lx", hart_count(),
                platform().memory_bytes >> 20, seed, checksum.value());
}

}  // namespace guest
