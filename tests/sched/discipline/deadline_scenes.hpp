// The room: scenes that edf and rtds share: vCPUs with reservations on one runqueue.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>

#include "sched/discipline/discipline.hpp"
#include "tests/kit/one_queue.hpp"

namespace roost {

/// Forks vCPUs 0, 1, ... with these reservations at `now`.
inline void fork_reserved(Discipline& discipline, std::initializer_list<Reservation> reservations,
                          Time now = kit::at_ms(0)) {
  std::uint32_t v = 0;
  for (const Reservation& reservation : reservations) {
    discipline.admit(VcpuId{v}, {.allowed = PcpuSet::first(1), .reservation = reservation});
    discipline.enqueue(kit::kQueue, VcpuId{v++}, EnqueueWhy::Fork, now);
  }
}

/// vCPU 0 may have 2 of 10 ms and no more, vCPU 1 15 of 20. The first blocks when its budget is used up, wakes at 5
/// while the second runs, whose slice then ends at 10, when the first may run again.
inline void expect_that_who_is_held_back_cuts_a_slice(Discipline& discipline) {
  using kit::at_ms;
  using kit::kQueue;
  using std::chrono::milliseconds;
  constexpr VcpuId kHeld{0}, kOther{1};
  fork_reserved(discipline, {{milliseconds(2), milliseconds(10)}, {milliseconds(15), milliseconds(20)}});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kHeld);
  discipline.charge(kQueue, kHeld, milliseconds(2), at_ms(2));
  discipline.leave(kQueue, kHeld, LeaveWhy::Blocked, at_ms(2));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(2))->until, at_ms(17));
  discipline.charge(kQueue, kOther, milliseconds(3), at_ms(5));
  discipline.enqueue(kQueue, kHeld, EnqueueWhy::Wake, at_ms(5));
  EXPECT_EQ(discipline.eligible_at(kHeld, at_ms(5)), at_ms(10));
  EXPECT_TRUE(discipline.preempts(kQueue, kHeld, kOther, at_ms(5)));
  discipline.enqueue(kQueue, kOther, EnqueueWhy::Preempted, at_ms(5));
  const auto again = discipline.pick(kQueue, at_ms(5));
  EXPECT_EQ(again->vcpu, kOther);
  EXPECT_EQ(again->until, at_ms(10));
  discipline.charge(kQueue, kOther, milliseconds(5), at_ms(10));
  discipline.enqueue(kQueue, kOther, EnqueueWhy::SliceEnd, at_ms(10));
  EXPECT_EQ(discipline.eligible_at(kHeld, at_ms(12)), at_ms(10)) << "it waits since then, not since 5";
}

}  // namespace roost
