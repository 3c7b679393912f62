// lock_fight: all harts fight for one spinlock around a shared counter, which must come out exact.
//   kind    ticket | tas | wrs  first come first served, test-and-set, or that with waits on the lock (Zawrs) [ticket]
//   rounds  1..100000000    times each hart takes the lock          [300]
//   work    0..100000       loop turns while holding the lock       [10]
//   think   0..100000       loop turns between two rounds           [10]

#include "guest/runtime/checksum.hpp"
#include "guest/runtime/harts.hpp"
#include "guest/runtime/lock.hpp"
#include "guest/runtime/program.hpp"

namespace guest {
namespace {

constexpr const char* kKinds[] = {"ticket", "tas", "wrs"};

struct Fight {
  uint64_t rounds;
  uint64_t work;
  uint64_t think;
};

/// Written under the lock alone: no atomics.
struct Shared {
  uint64_t count = 0;
  uint64_t checksum = 0;
};

TicketLock ticket_lock;
TestAndSetLock test_and_set_lock;
ReservedLock reserved_lock;
Shared shared;

void turn(uint64_t turns) {
  for (uint64_t i = 0; i < turns; ++i) asm volatile("");
}

template <typename Lock>
void fight(Lock& lock, const Fight& fight) {
  for (uint64_t round = 0; round < fight.rounds; ++round) {
    {
      const Holding<Lock> holding(lock);
      shared.count += 1;
      shared.checksum += scatter(hart_id() << 32 | round);
      turn(fight.work);
    }
    turn(fight.think);
  }
}

uint64_t expected_checksum(uint64_t rounds) {
  uint64_t sum = 0;
  for (uint64_t hart = 0; hart < hart_count(); ++hart) {
    for (uint64_t round = 0; round < rounds; ++round) sum += scatter(hart << 32 | round);
  }
  return sum;
}

}  // namespace

ExitCode run(Arguments& arguments) {
  const uint64_t kind = arguments.choice("kind", kKinds);
  const uint64_t rounds = arguments.number("rounds", 300, {1, 100'000'000});
  const uint64_t work = arguments.number("work", 10, {0, 100'000});
  const uint64_t think = arguments.number("think", 10, {0, 100'000});
  arguments.done();

  const Fight plan{rounds, work, think};
  on_every_hart([&] {
    if (kind == 0) fight(ticket_lock, plan);
    else if (kind == 1) fight(test_and_set_lock, plan);
    else fight(reserved_lock, plan);
  });

  const bool ok = shared.count == rounds * hart_count() && shared.checksum == expected_checksum(rounds);
  return report(ok, "lock_fight: harts=%lu kind=%s rounds=%lu sum=%lu checksum=0x%016lx", hart_count(), kKinds[kind],
                rounds, shared.count, shared.checksum);
}

}  // namespace guest
