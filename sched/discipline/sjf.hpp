// The room: the shortest job first, by an estimate of each job's length.
// Rules: a job is a burst: what a vCPU runs from a wakeup, or its beginning, until it blocks. The least estimate runs,
//   who has waited longest of equals, then the lower id; it runs until it blocks, finishes or yields: there are no
//   slices, Pick::until is kNever, and nobody preempts anybody. The estimate is an exponential average of the bursts
//   so far: at the end of one of length t, tau becomes alpha t + (1 - alpha) tau, alpha in 1024ths; the step is rounded
//   towards 0, so tau gets within 1024 / alpha ns of bursts all alike.
//   What becomes of the estimate: a block ends the burst. A wakeup, a yield, a migration, a preemption and a cap leave
//   it as it is, and what was run so far counts when the burst ends. Who yields waits once for all who wait now. Who is
//   stopped all the same (Preempted or SliceEnd: a cap, a pCPU that goes offline) goes on before everybody else.
//   Weights are ignored. Victims: the longest estimate first.
//   Source: R. and A. Arpaci-Dusseau, Operating Systems: Three Easy Pieces, chapter 7, SJF
//   (pages.cs.wisc.edu/~remzi/OSTEP/cpu-sched.pdf); the average is that of Silberschatz, Galvin, Gagne, Operating
//   System Concepts, as course notes have it (os-lecture.github.io/2023S-os-lectures/lec7/p2-sched.html).
// Deviations: none; what yields, migrations and aging do is ours.
// Constants: alpha, 512 (1/2): larger believes the last burst, smaller the habit. first, 10 ms: the
//   estimate of who has not blocked yet: longer keeps newcomers back. aging, 0: how many 1024ths of the time it waited
//   are taken off an estimate: more bounds waits, and makes the mean wait longer.
// Starvation bound: none. Who has a long estimate waits while shorter ones come; and who runs may never block. With
//   aging a, nobody waits for who comes later than 1024 / a times its own estimate after it.
// Not work-conserving when: never; a runqueue with a waiting vCPU always has a pick.
// Costs: O(log n), but for a yield, which looks for the last of n / 2 leaves of the heap, and for a pick that some of
//   those who wait may not have. A heap doubles when it is full: nothing else allocates.
// Invariants: a heap by estimate, each member knows its position.
// Limits: estimates and aging together stay below 2^63 ns for 146 years.
#pragma once

#include "sched/discipline/shortest_first.hpp"

namespace roost {

class Sjf final : public ShortestFirst {
 public:
  Sjf(std::size_t max_vcpus, std::size_t runqueues, BurstConstants constants = {})
      : ShortestFirst(max_vcpus, runqueues, constants) {}

  bool preempts(RunqueueId, VcpuId, VcpuId, Time) const override { return false; }

 private:
  Duration expected(const Job& job) const override { return job.tau; }
  Key place(const Job& job, EnqueueWhy why) const override;
  Time until(const Job&, Time) const override { return kNever; }
};

extern const DisciplineEntry kSjfEntry;

}  // namespace roost
