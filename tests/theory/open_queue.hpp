// The room: pCPUs without costs that share one runqueue, to which jobs come at random (Poisson arrivals): the queues of
// queueing theory. Each job is a burst of some vCPU of a class; a class has as many vCPUs as it ever needs at once, and
// its own service. Preemption is for one pCPU alone.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "sched/discipline/discipline.hpp"
#include "sched/vocabulary/check.hpp"
#include "tests/kit/seeded.hpp"

namespace roost::kit {

struct JobClass {
  double rate = 0;                           // jobs per nanosecond
  std::function<Duration(Seeded&)> service;  // drawn for each job
  Reservation reservation{};
};

/// Uniform in (0, 1).
inline double uniform(Seeded& random) { return (static_cast<double>(random.next() >> 12) + 0.5) / 4503599627370496.0; }
inline Duration exponential(Seeded& random, double mean_ns) {
  return Duration(1 + static_cast<std::int64_t>(-mean_ns * std::log(uniform(random))));
}

struct Responses {
  std::vector<double> mean_ns;  // of each class: from coming to having been served
  double all_ns = 0;            // of all jobs
};

class OpenQueue {
 public:
  /// `room`: vCPUs of each class; a job that finds all of its class busy is our mistake.
  OpenQueue(Discipline& discipline, std::vector<JobClass> classes, std::size_t room, Seeded random,
            std::size_t servers = 1)
      : discipline_(discipline), classes_(std::move(classes)), random_(random), free_(classes_.size()),
        servers_(servers) {
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      next_.push_back(exponential(random_, 1 / classes_[c].rate));
      for (std::size_t i = 0; i < room; ++i) {
        const auto vcpu = id_at<VcpuId>(c * room + i);
        discipline_.admit(vcpu, {.allowed = PcpuSet::first(1), .reservation = classes_[c].reservation});
        free_[c].push_back(vcpu);
      }
    }
    jobs_.resize(classes_.size() * room);
  }

  /// Serves `jobs` jobs; the first fifth is not counted.
  Responses run(std::size_t jobs) {
    std::vector<double> sums(classes_.size(), 0);
    std::vector<std::size_t> counts(classes_.size(), 0);
    for (std::size_t done = 0; done < jobs;) {
      const VcpuId finished = step();
      if (finished == kNoVcpu) continue;
      const Job& job = jobs_[index(finished)];
      if (++done <= jobs / 5) continue;
      sums[job.of] += static_cast<double>((now_ - job.came).count());
      ++counts[job.of];
    }
    Responses out;
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      out.mean_ns.push_back(sums[c] / static_cast<double>(counts[c]));
      sum += sums[c], count += counts[c];
    }
    out.all_ns = sum / static_cast<double>(count);
    return out;
  }

 private:
  struct Job {
    std::size_t of = 0;
    Time came{};
    Duration left{0};
    bool known = false;  // its vCPU has been enqueued before
  };

  struct Server {
    VcpuId runs = kNoVcpu;
    Time until = kNever, charged_at{};
  };

  /// Until somebody comes, is done, or has used its slice up: who is done, or kNoVcpu.
  VcpuId step() {
    for (Server& server : servers_)
      if (server.runs == kNoVcpu && !pick(server)) break;
    const auto soonest = std::min_element(next_.begin(), next_.end());
    const Time comes = Time{} + *soonest;
    Server* first = nullptr;
    for (Server& server : servers_)
      if (server.runs != kNoVcpu && (first == nullptr || ends(server) < ends(*first))) first = &server;
    const bool newcomer = first == nullptr || comes < ends(*first);
    now_ = newcomer ? comes : ends(*first);
    if (newcomer) return come(static_cast<std::size_t>(soonest - next_.begin())), kNoVcpu;
    return stop(*first);
  }

  Time ends(const Server& server) const {
    return std::min(server.until, server.charged_at + jobs_[index(server.runs)].left);
  }

  void charge(Server& server) {
    const Duration ran = now_ - std::exchange(server.charged_at, now_);
    jobs_[index(server.runs)].left -= ran;
    discipline_.charge(kOnly, server.runs, ran, now_);
  }

  VcpuId stop(Server& server) {
    charge(server);
    const VcpuId stopped = std::exchange(server.runs, kNoVcpu);
    Job& job = jobs_[index(stopped)];
    if (job.left > Duration{0}) return discipline_.enqueue(kOnly, stopped, EnqueueWhy::SliceEnd, now_), kNoVcpu;
    discipline_.leave(kOnly, stopped, LeaveWhy::Blocked, now_);
    free_[job.of].push_back(stopped);
    return stopped;
  }

  void come(std::size_t c) {
    check(!free_[c].empty(), "a class has a vCPU for each of its jobs");
    const VcpuId vcpu = free_[c].front();
    free_[c].pop_front();
    Job& job = jobs_[index(vcpu)];
    const EnqueueWhy why = job.known ? EnqueueWhy::Wake : EnqueueWhy::Fork;
    job = {.of = c, .came = now_, .left = classes_[c].service(random_), .known = true};
    next_[c] += exponential(random_, 1 / classes_[c].rate);
    discipline_.enqueue(kOnly, vcpu, why, now_);
    Server& server = servers_.front();
    if (server.runs == kNoVcpu) return;
    charge(server);
    if (!discipline_.preempts(kOnly, vcpu, server.runs, now_)) return;
    check(servers_.size() == 1, "only where there is one pCPU it is preempted");
    discipline_.enqueue(kOnly, std::exchange(server.runs, kNoVcpu), EnqueueWhy::Preempted, now_);
  }

  bool pick(Server& server) {
    const auto pick = discipline_.pick(kOnly, now_);
    if (pick) server = {.runs = pick->vcpu, .until = pick->until, .charged_at = now_};
    return pick.has_value();
  }

  static constexpr RunqueueId kOnly{0};
  Discipline& discipline_;
  std::vector<JobClass> classes_;
  Seeded random_;
  std::vector<std::deque<VcpuId>> free_;  // of each class
  std::vector<Duration> next_;             // arrival of each class
  std::vector<Job> jobs_;
  std::vector<Server> servers_;
  Time now_{};
};

}  // namespace roost::kit
