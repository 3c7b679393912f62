// The room: periodic tasks on the pCPUs of a host without costs, a vCPU each, through the dispatcher: released every T,
// each needs Q of run time by its next release. The discipline ranks it by (Q, T); nobody has promised it that. What a
// pCPU is told arrives at once.
// Not here: which policy (the test).
#pragma once

#include <algorithm>
#include <functional>
#include <string_view>
#include <vector>

#include "tests/kit/dispatcher_scene.hpp"

namespace roost::kit {

class TaskMachine {
 public:
  struct Task {
    Duration budget, period;
    PcpuSet allowed;
  };
  /// Looks at the scene whenever all pCPUs have done what they were told.
  using Look = std::function<void(DispatcherScene&)>;

  TaskMachine(Topology host, std::vector<Task> tasks, std::string_view spec, Granularity shared_by)
      : scene_(std::move(host), traits_of(tasks), spec, shared_by, budgets_of(tasks)),
        tasks_(std::move(tasks)),
        jobs_(tasks_.size()) {
    runs_.resize(scene_.topology.pcpu_count());
  }

  /// How many jobs are not done when the next one is released, in `span`.
  std::size_t misses(Duration span, const Look& look = {}) {
    const Time end = scene_.world.now() + span;
    for (std::size_t t = 0; t < tasks_.size(); ++t)
      jobs_[t] = {.left = tasks_[t].budget, .released = scene_.world.now() + tasks_[t].period};
    for (std::size_t p = 0; p < runs_.size(); ++p) take(id_at<PcpuId>(p), scene_.next(id_at<PcpuId>(p)));
    for (;;) {
      do_as_told();
      if (look) look(scene_);
      const Time next = next_event();
      if (next > end) return misses_;
      scene_.world.advance(next - scene_.world.now());
      stop_those_who_end();
      for (std::size_t t = 0; t < tasks_.size(); ++t)
        if (jobs_[t].released <= next) release(t);
    }
  }

 private:
  struct Job {
    Duration left{0};
    Time released{};  // the next one
  };
  struct Running {
    VcpuId vcpu = kNoVcpu;
    Time since{}, until = kNever;
  };

  static std::vector<VcpuTraits> traits_of(const std::vector<Task>& tasks) {
    std::vector<VcpuTraits> traits;
    for (const Task& task : tasks) traits.push_back({.allowed = task.allowed});
    return traits;
  }

  static std::vector<Reservation> budgets_of(const std::vector<Task>& tasks) {
    std::vector<Reservation> budgets;
    for (const Task& task : tasks) budgets.push_back({task.budget, task.period});
    return budgets;
  }

  void take(PcpuId p, const Dispatcher::Next& next) { runs_[index(p)] = {next.vcpu, scene_.world.now(), next.until}; }

  /// What it has run since it was last looked at.
  Job& charged(Running& running) {
    Job& job = jobs_[index(running.vcpu)];
    job.left -= scene_.world.now() - running.since;
    running.since = scene_.world.now();
    return job;
  }

  void back(PcpuId p, ExitWhy why) {
    Running& running = runs_[index(p)];
    if (running.vcpu == kNoVcpu) return take(p, scene_.next(p));
    const bool done = charged(running).left <= Duration{0};
    take(p, scene_.returned(p, done ? ExitWhy::Halted : why));
  }

  void do_as_told() {
    while (!scene_.world.kicks.empty()) {
      const PcpuId p = scene_.world.kicks.front();
      scene_.world.kicks.erase(scene_.world.kicks.begin());
      back(p, ExitWhy::Kicked);
    }
  }

  Time next_event() {
    Time next = kNever;
    for (const Job& job : jobs_) next = std::min(next, job.released);
    for (const Running& running : runs_) {
      next = std::min(next, running.until);
      if (running.vcpu != kNoVcpu) next = std::min(next, running.since + jobs_[index(running.vcpu)].left);
    }
    return next;
  }

  void stop_those_who_end() {
    for (std::size_t p = 0; p < runs_.size(); ++p) {
      Running& running = runs_[p];
      const bool done = running.vcpu != kNoVcpu && charged(running).left <= Duration{0};
      if (done || running.until <= scene_.world.now()) back(id_at<PcpuId>(p), ExitWhy::BudgetSpent);
      do_as_told();
    }
  }

  void release(std::size_t t) {
    Job& job = jobs_[t];
    for (Running& running : runs_)
      if (running.vcpu == id_at<VcpuId>(t)) charged(running);
    const bool late = job.left > Duration{0};
    misses_ += late;
    job.left += tasks_[t].budget;
    job.released += tasks_[t].period;
    if (!late) scene_.outside().wake(id_at<VcpuId>(t));
    do_as_told();
  }

  DispatcherScene scene_;
  std::vector<Task> tasks_;
  std::vector<Job> jobs_;
  std::vector<Running> runs_;
  std::size_t misses_ = 0;
};

}  // namespace roost::kit
