#include "sched/discipline/round_robin.hpp"

#include <algorithm>

namespace roost {

RoundRobin::RoundRobin(std::size_t max_vcpus, std::size_t runqueues, Duration slice)
    : turns_(max_vcpus), lists_(runqueues), slice_(slice) {
  check(slice > Duration{0}, "a slice is longer than nothing");
}

void RoundRobin::admit(VcpuId vcpu, const VcpuTraits&) { turns_[vcpu] = Turn{.left = slice_}; }

void RoundRobin::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time) {
  List& list = lists_[rq];
  Turn& turn = turns_[vcpu];
  const bool goes_on = why == EnqueueWhy::Preempted && turn.left > Duration{0};
  if (goes_on) {
    insert(list, vcpu, kNoVcpu, list.head);
  } else {
    turn.left = slice_;
    insert(list, vcpu, list.tail, kNoVcpu);
  }
}

void RoundRobin::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) {
  if (why == LeaveWhy::Migrating) remove(lists_[rq], vcpu);
}

std::optional<Pick> RoundRobin::pick(RunqueueId rq, Time now) {
  List& list = lists_[rq];
  if (list.length == 0) return std::nullopt;
  const VcpuId next = list.head;
  remove(list, next);
  return Pick{next, now + turns_[next].left};
}

void RoundRobin::charge(RunqueueId, VcpuId running, Duration ran, Time) { turns_[running].left -= ran; }

bool RoundRobin::preempts(RunqueueId, VcpuId, VcpuId, Time) const { return false; }

std::size_t RoundRobin::victims(RunqueueId rq, std::span<VcpuId> out) const {
  std::size_t found = 0;  // from the tail: it would wait longest, and its caches are the coldest
  for (VcpuId v = lists_[rq].tail; v != kNoVcpu && found < out.size(); v = turns_[v].before) out[found++] = v;
  return found;
}

Urgency RoundRobin::urgency(RunqueueId rq) const { return lists_[rq].length == 0 ? kNoUrgency : 0; }

Urgency RoundRobin::urgency_of(VcpuId) const { return 0; }

std::size_t RoundRobin::waiting(RunqueueId rq) const { return lists_[rq].length; }

void RoundRobin::check_invariants(RunqueueId rq) const {
  const List& list = lists_[rq];
  std::size_t length = 0;
  VcpuId before = kNoVcpu;
  for (VcpuId v = list.head; v != kNoVcpu; v = turns_[v].after) {
    check(turns_[v].before == before, "the list is linked both ways");
    check(turns_[v].left > Duration{0}, "who waits has some slice left");
    check(++length <= list.length, "the list is as long as its count");
    before = v;
  }
  check(list.tail == before, "the tail is the last of the list");
  check(length == list.length, "the list is as long as its count");
}

void RoundRobin::insert(List& list, VcpuId vcpu, VcpuId before, VcpuId after) {
  turns_[vcpu].before = before;
  turns_[vcpu].after = after;
  (before == kNoVcpu ? list.head : turns_[before].after) = vcpu;
  (after == kNoVcpu ? list.tail : turns_[after].before) = vcpu;
  ++list.length;
}

void RoundRobin::remove(List& list, VcpuId vcpu) {
  const Turn& turn = turns_[vcpu];
  (turn.before == kNoVcpu ? list.head : turns_[turn.before].after) = turn.after;
  (turn.after == kNoVcpu ? list.tail : turns_[turn.after].before) = turn.before;
  --list.length;
}

}  // namespace roost
