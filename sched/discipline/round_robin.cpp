#include "sched/discipline/round_robin.hpp"

namespace roost {

namespace {

constexpr ConstantInfo kConstants[]{
    time_constant("slice", "how long each runs at a turn", RoundRobin::kSlice, std::chrono::microseconds(1),
                  std::chrono::seconds(10)),
};

}  // namespace

constexpr DisciplineEntry kRoundRobinEntry{
    {"round_robin", "everyone in turn, the same slice for all; no weights",
     "Silberschatz, Galvin, Gagne: Operating System Concepts", kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<RoundRobin>(scope.max_vcpus, scope.runqueues, constants.time("slice"));
    }};

RoundRobin::RoundRobin(std::size_t max_vcpus, std::size_t runqueues, Duration slice)
    : turns_(max_vcpus), queues_(runqueues), slice_(slice) {
  check(slice > Duration{0}, "a slice is longer than nothing");
}

void RoundRobin::admit(VcpuId vcpu, const VcpuTraits&) { turns_[vcpu] = Turn{.links = {}, .left = slice_}; }

void RoundRobin::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time) {
  VcpuList& list = queues_[rq].list;
  Turn& turn = turns_[vcpu];
  const bool goes_on = why == EnqueueWhy::Preempted && turn.left > Duration{0};
  if (goes_on) return list.push_front(vcpu, links_of());
  turn.left = slice_;
  list.push_back(vcpu, links_of());
}

void RoundRobin::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) {
  if (why == LeaveWhy::Migrating) queues_[rq].list.remove(vcpu, links_of());
}

std::optional<Pick> RoundRobin::pick(RunqueueId rq, const PickRequest& request) {
  VcpuList& list = queues_[rq].list;
  const VcpuId next = list.first_where([&](VcpuId vcpu) { return request.allows(vcpu); }, links_of());
  if (next == kNoVcpu) return std::nullopt;
  list.remove(next, links_of());
  return Pick{next, request.now + turns_[next].left};
}

void RoundRobin::charge(RunqueueId, VcpuId running, Duration ran, Time) { turns_[running].left -= ran; }

bool RoundRobin::preempts(RunqueueId, VcpuId, VcpuId, Time) const { return false; }

std::size_t RoundRobin::victims(RunqueueId rq, std::span<VcpuId> out) const {
  std::size_t found = 0;  // from the tail: it would wait longest, and its caches are the coldest
  for (VcpuId v = queues_[rq].list.tail(); v != kNoVcpu && found < out.size(); v = turns_[v].links.before)
    out[found++] = v;
  return found;
}

Urgency RoundRobin::urgency(RunqueueId rq) const { return queues_[rq].list.empty() ? kNoUrgency : 0; }

Urgency RoundRobin::urgency_of(VcpuId) const { return 0; }

std::size_t RoundRobin::waiting(RunqueueId rq) const { return queues_[rq].list.length(); }

Duration RoundRobin::waits_at_most(const Crowd& crowd) const {
  return bound_of_work(bound_of(slice_, crowd.others()), crowd);
}

void RoundRobin::check_invariants(RunqueueId rq) const {
  const VcpuList& list = queues_[rq].list;
  list.check_invariants(links_of());
  list.first_where(
      [&](VcpuId vcpu) {
        check(turns_[vcpu].left > Duration{0}, "who waits has some slice left");
        return false;
      },
      links_of());
}

}  // namespace roost
