#include "sched/discipline/shortest_first.hpp"

#include <algorithm>

namespace roost {

namespace {

/// `part` 1024ths of it, rounded towards 0.
Duration fraction(Duration whole, std::int64_t part) {
  const std::int64_t ns = whole.count();
  constexpr std::int64_t kWhole = ShortestFirst::kWhole;
  return Duration(ns / kWhole * part + ns % kWhole * part / kWhole);
}

}  // namespace

BurstConstants BurstConstants::of(const ConstantValues& constants) {
  return {.alpha = constants.count("alpha"), .first = constants.time("first"), .aging = constants.count("aging")};
}

ShortestFirst::ShortestFirst(std::size_t max_vcpus, std::size_t runqueues, BurstConstants constants)
    : jobs_(max_vcpus), queues_(runqueues), constants_(constants) {
  check(constants.alpha >= 0 && constants.alpha <= kWhole, "alpha: 0 .. 1024");
  check(constants.aging >= 0 && constants.aging <= kWhole, "aging: 0 .. 1024");
  check(constants.first > Duration{0}, "a burst is longer than nothing");
}

Duration ShortestFirst::aged(const Job& job, Time since) const {
  return expected(job) + fraction(since.time_since_epoch(), constants_.aging);
}

ShortestFirst::Key ShortestFirst::place(const Job& job, EnqueueWhy) const { return {aged(job, job.since), job.since}; }

void ShortestFirst::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Heap& heap = queues_[rq].heap;
  Job& job = jobs_[vcpu];
  if (why != EnqueueWhy::Migrated) job.since = now;
  Key key = place(job, why);
  if (why == EnqueueWhy::Yield && !heap.empty()) {
    const Key last = heap.last_key();
    key = std::max(key, {last.expected, last.since + Duration{1}});
  }
  heap.insert({key, vcpu}, positions());
}

void ShortestFirst::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) {
  Job& job = jobs_[vcpu];
  if (why == LeaveWhy::Migrating) return queues_[rq].heap.remove(job.position, positions());
  if (why != LeaveWhy::Blocked) return;
  job.tau += fraction(job.ran - job.tau, constants_.alpha);
  job.ran = Duration{0};
}

std::optional<Pick> ShortestFirst::pick(RunqueueId rq, const PickRequest& request) {
  Heap& heap = queues_[rq].heap;
  const std::uint32_t first = heap.first_where([&](VcpuId vcpu) { return request.allows(vcpu); });
  if (first == Heap::kNowhere) return std::nullopt;
  const VcpuId next = heap.at(first).vcpu;
  heap.remove(first, positions());
  return Pick{next, until(jobs_[next], request.now)};
}

std::size_t ShortestFirst::victims(RunqueueId rq, std::span<VcpuId> out) const {
  return queues_[rq].heap.last(out, positions());
}

Urgency ShortestFirst::urgency(RunqueueId rq) const {
  const Heap& heap = queues_[rq].heap;
  return heap.empty() ? kNoUrgency : -nanoseconds(heap.front().key.expected);
}

void ShortestFirst::check_invariants(RunqueueId rq) const {
  const Heap& heap = queues_[rq].heap;
  heap.check_invariants(positions());
  for (const Heap::Member& waiter : heap) {
    const Job& job = jobs_[waiter.vcpu];
    check(job.tau >= Duration{0} && job.ran >= Duration{0}, "no burst is shorter than nothing");
    check(waiter.key >= place(job, EnqueueWhy::Preempted), "nobody stands before its place");
  }
}

}  // namespace roost
