// The room: the shortest time to completion first, by an estimate of each job's length: sjf that preempts.
// Rules: a job is a burst: what a vCPU runs from a wakeup, or its beginning, until it blocks. Whose rest is the least
//   runs, who has waited longest of equals, then the lower id; a newcomer preempts who has more left. The estimate is
//   an exponential average of the bursts so far: at the end of one of length t, tau becomes alpha t + (1 - alpha) tau,
//   alpha in 1024ths; the step is rounded towards 0, so tau comes within 1024 / alpha ns of bursts that are all alike.
//   A rest is tau less what was run of this burst. Past its estimate it is guessed anew, at twice, four times ...
//   tau (1 us if tau is less), the first that is longer than what was run: a hog comes to stand behind who is short,
//   and hogs take turns that double. A slice ends where the guess does.
//   What becomes of the estimate: a block ends the burst. A wakeup, a yield, a migration, a preemption and a cap leave
//   it as it is, and what was run so far counts. Who yields waits once for all who wait now. Who is preempted comes
//   as of now. Weights are ignored. Victims: the longest rest first.
//   Source: R. and A. Arpaci-Dusseau, Operating Systems: Three Easy Pieces, chapter 7, STCF
//   (pages.cs.wisc.edu/~remzi/OSTEP/cpu-sched.pdf); the average is that of Silberschatz, Galvin, Gagne, Operating
//   System Concepts, as course notes have it (os-lecture.github.io/2023S-os-lectures/lec7/p2-sched.html).
// Deviations: guesses that double are ours, and what yields, migrations and aging do.
// Constants: alpha, 512 (1/2): larger believes the last burst, smaller the habit. first, 10 ms: the
//   estimate of who has not blocked yet: longer keeps newcomers back. aging, 0: how many 1024ths of the time it waited
//   are taken off a rest: more bounds waits, and makes the mean wait longer.
// Starvation bound: none: who has much left waits while shorter ones come. With aging a, nobody waits for who comes
//   later than 1024 / a times its own rest after it.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: O(log n), but for a yield, which looks for the last of n / 2 leaves of the heap, and for a pick that some of
//   those who wait may not have. A heap doubles when it is full: nothing else allocates.
// Invariants: a heap by what is left, each member knows its position; nobody has nothing left.
// Limits: guesses and aging together stay below 2^63 ns for 73 years.
#pragma once

#include "sched/discipline/shortest_first.hpp"

namespace roost {

class Stcf final : public ShortestFirst {
 public:
  static constexpr Duration kLeastGuess = std::chrono::microseconds(1);

  Stcf(std::size_t max_vcpus, std::size_t runqueues, BurstConstants constants = {})
      : ShortestFirst(max_vcpus, runqueues, constants) {}

  bool preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time now) const override;

 private:
  Duration expected(const Job& job) const override;
  Time until(const Job& job, Time now) const override { return now + expected(job); }
};

extern const DisciplineEntry kStcfEntry;

}  // namespace roost
