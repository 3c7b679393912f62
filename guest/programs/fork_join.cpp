// fork_join: hart 0 splits work among all harts, wakes them by IPI, joins them, and does it again.
//   rounds   1..10000000      forks and joins                           [100]
//   numbers  1..10000000      numbers hashed in each round              [4096]
//   skew     0..100           percent of each round that hart 0 keeps to itself, beyond its share  [0]

#include "guest/runtime/checksum.hpp"
#include "guest/runtime/harts.hpp"
#include "guest/runtime/program.hpp"

namespace guest {
namespace {

struct Piece {
  uint64_t from = 0;
  uint64_t to = 0;
  uint64_t sum = 0;
};

PerHart<Piece> pieces;

/// Hart 0 gets the skewed part and its share of the rest.
void split(uint64_t numbers, uint64_t skew_percent) {
  const uint64_t kept = numbers * skew_percent / 100;
  const uint64_t rest = numbers - kept;
  for (uint64_t hart = 0; hart < hart_count(); ++hart) {
    pieces[hart].from = hart == 0 ? 0 : kept + rest * hart / hart_count();
    pieces[hart].to = kept + rest * (hart + 1) / hart_count();
  }
}

uint64_t sum_of(uint64_t round, uint64_t from, uint64_t to) {
  uint64_t sum = 0;
  for (uint64_t i = from; i < to; ++i) sum += scatter(round << 32 | i);
  return sum;
}

}  // namespace

ExitCode run(Arguments& arguments) {
  const uint64_t rounds = arguments.number("rounds", 100, {1, 10'000'000});
  const uint64_t numbers = arguments.number("numbers", 4096, {1, 10'000'000});
  const uint64_t skew = arguments.number("skew", 0, {0, 100});
  arguments.done();

  split(numbers, skew);
  bool ok = true;
  Checksum checksum;
  for (uint64_t round = 0; round < rounds; ++round) {
    on_every_hart([=] {
      Piece& mine = pieces.mine();
      mine.sum = sum_of(round, mine.from, mine.to);
    });
    uint64_t sum = 0;
    for (uint64_t hart = 0; hart < hart_count(); ++hart) sum += pieces[hart].sum;
    if (round == 0) ok = sum == sum_of(round, 0, numbers);
    checksum.add(sum);
  }
  return report(ok, "fork_join: harts=%lu rounds=%lu numbers=%lu checksum=0x%016lx", hart_count(), rounds, numbers,
                checksum.value());
}

}  // namespace guest
