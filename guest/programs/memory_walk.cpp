// memory_walk: every hart walks a working set of its own, in strides or along a random chain of pointers.
//   kind    stride | chase    in order, or each place names the next    [stride]
//   kib     4..1048576        working set of each hart, KiB             [512]
//   stride  8..65536          bytes from place to place, a multiple of 8  [64]
//   rounds  1..1000000        walks over all of it                      [8]
//   seed    0..1000000        what is stored, and in which order        [1]

#include "guest/runtime/checksum.hpp"
#include "guest/runtime/harts.hpp"
#include "guest/runtime/memory.hpp"
#include "guest/runtime/program.hpp"

namespace guest {
namespace {

constexpr const char* kKinds[] = {"stride", "chase"};

struct Walk {
  bool chase;
  uint64_t places;
  uint64_t words_apart;
  uint64_t rounds;
  uint64_t seed;
};

PerHart<uint64_t> checksums;

/// In order, adding to each place: every place ends as its start value and the sum of the rounds.
uint64_t walk_in_strides(uint64_t* memory, const Walk& walk) {
  for (uint64_t i = 0; i < walk.places; ++i) memory[i * walk.words_apart] = scatter(walk.seed + i);
  for (uint64_t round = 1; round <= walk.rounds; ++round) {
    for (uint64_t i = 0; i < walk.places; ++i) memory[i * walk.words_apart] += round;
  }
  uint64_t wrong = 0;
  Checksum checksum;
  const uint64_t added = walk.rounds * (walk.rounds + 1) / 2;
  for (uint64_t i = 0; i < walk.places; ++i) {
    const uint64_t value = memory[i * walk.words_apart];
    if (value != scatter(walk.seed + i) + added) ++wrong;
    checksum.add(value);
  }
  return wrong == 0 ? checksum.value() : 0;
}

/// Links all places into one cycle (Sattolo's shuffle), then follows it: each round must end where it began.
uint64_t chase_pointers(uint64_t* memory, const Walk& walk) {
  for (uint64_t i = 0; i < walk.places; ++i) memory[i * walk.words_apart] = i;
  Xorshift random(walk.seed);
  for (uint64_t i = walk.places - 1; i > 0; --i) {
    uint64_t& here = memory[i * walk.words_apart];
    uint64_t& there = memory[random.next() % i * walk.words_apart];
    const uint64_t kept = here;
    here = there;
    there = kept;
  }
  uint64_t wrong = 0;
  Checksum checksum;
  for (uint64_t round = 0; round < walk.rounds; ++round) {
    uint64_t at = 0;
    for (uint64_t i = 0; i < walk.places; ++i) {
      checksum.add(at);
      at = memory[at * walk.words_apart];
      if (at == 0 && i + 1 != walk.places) ++wrong;
    }
    if (at != 0) ++wrong;
  }
  return wrong == 0 ? checksum.value() : 0;
}

}  // namespace

ExitCode run(Arguments& arguments) {
  const uint64_t kind = arguments.choice("kind", kKinds);
  const uint64_t kib = arguments.number("kib", 512, {4, 1 << 20});
  const uint64_t stride = arguments.number("stride", 64, {8, 65536});
  const uint64_t rounds = arguments.number("rounds", 8, {1, 1'000'000});
  const uint64_t seed = arguments.number("seed", 1, {0, 1'000'000});
  arguments.done();
  if (stride % 8 != 0) give_up(ExitCode::BadArguments, "stride=%lu: give a multiple of 8", stride);
  if (stride > kib * 1024) give_up(ExitCode::BadArguments, "stride=%lu: it is longer than the walk", stride);

  const Walk walk{kind == 1, kib * 1024 / stride, stride / 8, rounds, seed};
  uint64_t* const memory = take<uint64_t>(hart_count() * kib * 128);
  on_every_hart([&] {
    uint64_t* const mine = memory + hart_id() * kib * 128;
    checksums.mine() = walk.chase ? chase_pointers(mine, walk) : walk_in_strides(mine, walk);
  });

  bool ok = checksums[0] != 0;
  for (uint64_t hart = 0; hart < hart_count(); ++hart) ok = ok && checksums[hart] == checksums[0];
  return report(ok, "memory_walk: harts=%lu kind=%s kib=%lu stride=%lu rounds=%lu checksum=0x%016lx", hart_count(),
                kKinds[kind], kib, stride, rounds, checksums[0]);
}

}  // namespace guest
