// The room: periodic tasks on one pCPU without costs, a vCPU each: released every T, each needs Q of run time by its
// next release (Liu and Layland). A vCPU blocks when its job is done, and its reservation is (Q, T).
#pragma once

#include <algorithm>
#include <vector>

#include "sched/discipline/discipline.hpp"
#include "tests/kit/one_queue.hpp"

namespace roost::kit {

class DeadlineTasks {
 public:
  struct Task {
    std::int64_t budget_ms, period_ms;
  };
  static constexpr std::size_t kNobody = SIZE_MAX;

  /// `hog`: never blocks; it has no deadlines to miss.
  explicit DeadlineTasks(std::vector<Task> tasks, std::size_t hog = kNobody) : tasks_(std::move(tasks)), hog_(hog) {}

  /// How many jobs are not done when the next one is released, in `ms` milliseconds.
  std::size_t misses(Discipline& discipline, std::int64_t ms) const {
    Run run{.discipline = discipline, .jobs = std::vector<Job>(tasks_.size())};
    for (std::size_t t = 0; t < tasks_.size(); ++t)
      discipline.admit(id_at<VcpuId>(t), {.allowed = PcpuSet::first(1),
                                          .reservation = {Duration(tasks_[t].budget_ms * kMs),
                                                          Duration(tasks_[t].period_ms * kMs)}});
    while (run.now < at_ms(ms)) step(run);
    return run.misses;
  }

 private:
  static constexpr std::int64_t kMs = 1'000'000;
  struct Job {
    Duration left{0};
    Time released{};  // the next one
    bool known = false;
  };
  struct Run {
    Discipline& discipline;
    std::vector<Job> jobs;
    Time now{}, until = kNever;
    std::size_t running = kNobody, misses = 0;
  };

  void step(Run& run) const {
    for (std::size_t t = 0; t < tasks_.size(); ++t)
      if (run.jobs[t].released <= run.now) release(run, t);
    if (run.running == kNobody) pick(run);
    Time next = run.until;
    for (const Job& job : run.jobs) next = std::min(next, job.released);
    if (run.running != kNobody && run.running != hog_) next = std::min(next, run.now + run.jobs[run.running].left);
    const Duration ran = next - run.now;
    run.now = next;
    if (run.running != kNobody) work(run, ran);
  }

  void release(Run& run, std::size_t t) const {
    Job& job = run.jobs[t];
    const auto vcpu = id_at<VcpuId>(t);
    job.released += Duration(tasks_[t].period_ms * kMs);
    const bool busy = job.left > Duration{0} || (t == hog_ && job.known);
    run.misses += busy && t != hog_;
    job.left += Duration(tasks_[t].budget_ms * kMs);
    if (busy) return;
    run.discipline.enqueue(kQueue, vcpu, job.known ? EnqueueWhy::Wake : EnqueueWhy::Fork, run.now);
    job.known = true;
    const bool preempted = run.running != kNobody &&
                           run.discipline.preempts(kQueue, vcpu, id_at<VcpuId>(run.running), run.now);
    if (preempted) put(run, EnqueueWhy::Preempted);
  }

  void pick(Run& run) const {
    run.until = kNever;
    const auto pick = run.discipline.pick(kQueue, run.now);
    if (!pick) return;
    run.until = pick->until;
    if (pick->vcpu != kNoVcpu) run.running = index(pick->vcpu);
  }

  void put(Run& run, EnqueueWhy why) const {
    run.discipline.enqueue(kQueue, id_at<VcpuId>(run.running), why, run.now);
    run.discipline.check_invariants(kQueue);
    run.running = kNobody;
  }

  void work(Run& run, Duration ran) const {
    Job& job = run.jobs[run.running];
    run.discipline.charge(kQueue, id_at<VcpuId>(run.running), ran, run.now);
    job.left -= ran;
    if (job.left == Duration{0} && run.running != hog_) {
      run.discipline.leave(kQueue, id_at<VcpuId>(run.running), LeaveWhy::Blocked, run.now);
      run.running = kNobody;
    } else if (run.now >= run.until) {
      put(run, EnqueueWhy::SliceEnd);
    }
  }

  std::vector<Task> tasks_;
  std::size_t hog_;
};

}  // namespace roost::kit
