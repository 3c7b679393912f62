// timer_storm: every hart is interrupted by its timer again and again, and halts in between.
//   rounds    1..10000000     timer interrupts of each hart             [200]
//   interval  0..100000000    microseconds from one to the next         [100]

#include "guest/runtime/checksum.hpp"
#include "guest/runtime/csr.hpp"
#include "guest/runtime/harts.hpp"
#include "guest/runtime/platform.hpp"
#include "guest/runtime/program.hpp"
#include "guest/runtime/trap.hpp"

namespace guest {
namespace {

struct Alarm {
  uint64_t rounds = 0;
  uint64_t interval_ticks = 0;
  uint64_t due = 0;
  volatile uint64_t taken = 0;
  uint64_t early = 0;
  uint64_t checksum = 0;
};

PerHart<Alarm> alarms;

/// The next interrupt is due an interval after this one was, not after it was taken: a late one is not lost.
void take_alarm(Trap&) {
  Alarm& alarm = alarms.mine();
  if (now_ticks() < alarm.due) ++alarm.early;
  alarm.taken = alarm.taken + 1;
  alarm.checksum += scatter(hart_id() << 32 | alarm.taken);
  alarm.due += alarm.interval_ticks;
  set_timer(hart_id(), alarm.taken < alarm.rounds ? alarm.due : kNever);
}

void storm(uint64_t rounds, uint64_t interval_ticks) {
  Alarm& alarm = alarms.mine();
  alarm.rounds = rounds;
  alarm.interval_ticks = interval_ticks;
  alarm.due = now_ticks() + interval_ticks;
  set_timer(hart_id(), alarm.due);
  set_csr<Csr::mie>(kMieTimer);
  while (alarm.taken < rounds) {  // interrupts are off from the look to the WFI, and on to take the trap
    wait_for_interrupt();
    set_csr<Csr::mstatus>(kMstatusMie);
    clear_csr<Csr::mstatus>(kMstatusMie);
  }
  clear_csr<Csr::mie>(kMieTimer);
}

}  // namespace

ExitCode run(Arguments& arguments) {
  const uint64_t rounds = arguments.number("rounds", 200, {1, 10'000'000});
  const uint64_t interval_us = arguments.number("interval", 100, {0, 100'000'000});
  arguments.done();

  on_trap(Cause::MachineTimer, take_alarm);
  const uint64_t interval_ticks = interval_us * platform().ticks_per_second / 1'000'000;
  on_every_hart([=] { storm(rounds, interval_ticks); });

  bool ok = true;
  uint64_t interrupts = 0;
  Checksum checksum;
  for (uint64_t hart = 0; hart < hart_count(); ++hart) {
    ok = ok && alarms[hart].early == 0 && alarms[hart].taken == rounds;
    interrupts += alarms[hart].taken;
    checksum.add(alarms[hart].checksum);
  }
  return report(ok, "timer_storm: harts=%lu rounds=%lu interval=%lu interrupts=%lu checksum=0x%016lx", hart_count(),
                rounds, interval_us, interrupts, checksum.value());
}

}  // namespace guest
