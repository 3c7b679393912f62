#include "sched/discipline/mlfq.hpp"

#include <algorithm>

namespace roost {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr MlfqConstants kUsual;
constexpr ConstantInfo kConstants[]{
    count_constant("levels", "how many", kUsual.levels, 1, Mlfq::kMostLevels),
    time_constant("allotment", "on the top level; each lower one's is twice as long", kUsual.allotment,
                  microseconds(1), seconds(10)),
    time_constant("boost", "how often everybody goes to the top", kUsual.boost, microseconds(10), seconds(1000)),
};

}  // namespace

constexpr DisciplineEntry kMlfqEntry{
    {"mlfq", "levels of feedback: who uses up its allotment goes down, and all go up every second",
     "Arpaci-Dusseau: Operating Systems: Three Easy Pieces", kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<Mlfq>(scope.max_vcpus, scope.runqueues,
                                    MlfqConstants{.levels = constants.count("levels"),
                                                  .allotment = constants.time("allotment"),
                                                  .boost = constants.time("boost")});
    }};

Mlfq::Mlfq(std::size_t max_vcpus, std::size_t runqueues, MlfqConstants constants)
    : jobs_(max_vcpus), queues_(runqueues), constants_(constants) {
  check(constants.levels >= 1 && constants.levels <= static_cast<std::int64_t>(kMostLevels), "levels: 1 .. 16");
  check(constants.allotment > Duration{0} && constants.boost > Duration{0}, "spans are longer than nothing");
}

void Mlfq::boost(Job& job, std::int64_t boosts) {
  if (job.boosts != boosts) job.level = 0, job.used = Duration{0}, job.boosts = boosts;
}

/// Those who wait keep their own entries until they are next looked at.
void Mlfq::boost(Queue& queue, Time now) {
  const std::int64_t boosts = std::max(boosts_until(now), queue.boosts);
  if (boosts == queue.boosts) return;
  queue.boosts = boosts;
  queue.lists.gather(links_of());
}

void Mlfq::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  Job& job = jobs_[vcpu];
  boost(queue, now);
  bool goes_on = why == EnqueueWhy::Preempted && job.boosts == queue.boosts;
  boost(job, queue.boosts);
  if (job.used >= allotment(job.level)) {
    job.level = std::min(job.level + 1, static_cast<std::uint32_t>(constants_.levels - 1));
    job.used = Duration{0};
    goes_on = false;
  }
  if (goes_on) return queue.lists.push_front(job.level, vcpu, links_of());
  queue.lists.push_back(job.level, vcpu, links_of());
}

void Mlfq::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) {
  Queue& queue = queues_[rq];
  if (why == LeaveWhy::Migrating) queue.lists.remove(level_in(queue, jobs_[vcpu]), vcpu, links_of());
}

std::optional<Pick> Mlfq::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  boost(queue, request.now);
  const auto allows = [&](VcpuId vcpu) { return request.allows(vcpu); };
  const auto [level, next] = queue.lists.first_where(allows, links_of());
  if (next == kNoVcpu) return std::nullopt;
  queue.lists.remove(level, next, links_of());
  Job& job = jobs_[next];
  boost(job, queue.boosts);
  const Time next_boost = time_at((queue.boosts + 1) * nanoseconds(constants_.boost));
  return Pick{next, std::min(request.now + allotment(job.level) - job.used, next_boost)};
}

bool Mlfq::preempts(RunqueueId rq, VcpuId waiting, VcpuId running, Time) const {
  const Queue& queue = queues_[rq];
  return level_in(queue, jobs_[waiting]) < level_in(queue, jobs_[running]);
}

std::size_t Mlfq::victims(RunqueueId rq, std::span<VcpuId> out) const {
  return queues_[rq].lists.last(out, links_of());
}

Urgency Mlfq::urgency(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  return queue.lists.empty() ? kNoUrgency : -static_cast<Urgency>(queue.lists.first_level());
}

Duration Mlfq::waits_at_most(const Crowd& crowd) const {
  return bound_sum(constants_.boost, bound_of_work(bound_of(allotment(0), crowd.vcpus), crowd));
}

void Mlfq::check_invariants(RunqueueId rq) const {
  const Queue& queue = queues_[rq];
  queue.lists.check_invariants(links_of());
  for (std::size_t level = 0; level < kMostLevels; ++level)
    for (VcpuId v = queue.lists.list(level).head(); v != kNoVcpu; v = jobs_[v].links.after) {
      const Job& job = jobs_[v];
      check(level_in(queue, job) == level, "who waits is in the list of its level");
      check(job.boosts <= queue.boosts, "a boost reaches a runqueue before its vCPUs");
      check(job.boosts != queue.boosts || job.used < allotment(job.level), "who waits has some allotment left");
    }
}

}  // namespace roost
