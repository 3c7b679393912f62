#include "sched/discipline/static_table.hpp"

#include <algorithm>

namespace roost {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr StaticTableConstants kUsual;
constexpr ConstantInfo kConstants[]{
    time_constant("frame", "after which the table begins anew", kUsual.frame, microseconds(10), seconds(100)),
    time_constant("window", "in which one VM runs", kUsual.window, microseconds(10), seconds(100)),
    time_constant("slice", "a turn of one of those who share a window", kUsual.slice, microseconds(1), seconds(10)),
    count_constant("by_vcpu", "1: a window belongs to a vCPU; 0: to a VM", 0, 0, 1),
};

}  // namespace

constexpr DisciplineEntry kStaticTableEntry{
    {"static_table", "each VM in its own window of a cyclic table, and in no other", "ARINC 653, partition windows",
     kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<StaticTable>(scope.max_vcpus, scope.runqueues,
                                           StaticTableConstants{.frame = constants.time("frame"),
                                                                .window = constants.time("window"),
                                                                .slice = constants.time("slice"),
                                                                .by_vcpu = constants.count("by_vcpu") == 1});
    }};

StaticTable::StaticTable(std::size_t max_vcpus, std::size_t runqueues, StaticTableConstants constants)
    : turns_(max_vcpus),
      queues_(runqueues),
      frame_(constants.frame),
      window_(std::min(constants.window, constants.frame)),
      slice_(constants.slice),
      by_vcpu_(constants.by_vcpu) {
  check(window_ > Duration{0} && slice_ > Duration{0}, "a window and a slice are longer than nothing");
  windows_ = std::min(static_cast<std::size_t>(frame_ / window_), kMostWindows);
}

void StaticTable::admit(VcpuId vcpu, const VcpuTraits& traits) {
  const std::size_t whose = by_vcpu_ ? index(vcpu) : index(traits.vm);
  turns_[vcpu] = Turn{.links = {}, .left = slice_, .window = whose % windows_};
}

void StaticTable::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  Turn& turn = turns_[vcpu];
  queue.looked = std::max(queue.looked, now);
  const bool stopped = why == EnqueueWhy::Preempted || why == EnqueueWhy::SliceEnd;
  if (stopped && turn.left > Duration{0}) return queue.lists.push_front(turn.window, vcpu, links_of());
  turn.left = slice_;
  queue.lists.push_back(turn.window, vcpu, links_of());
}

void StaticTable::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) {
  if (why == LeaveWhy::Migrating) queues_[rq].lists.remove(turns_[vcpu].window, vcpu, links_of());
}

std::optional<Pick> StaticTable::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  queue.looked = std::max(queue.looked, request.now);
  const std::size_t window = window_at(request.now);
  if (window < windows_) {
    const auto allowed = [&](VcpuId vcpu) { return request.allows(vcpu); };
    const VcpuId next = queue.lists.list(window).first_where(allowed, links_of());
    if (next != kNoVcpu) {
      queue.lists.remove(window, next, links_of());
      return Pick{next, std::min(request.now + turns_[next].left, window_begin(request.now, window + 1))};
    }
  }
  const Time later = next_opening(queue, request);
  return later == kNever ? std::nullopt : std::optional(Pick{kNoVcpu, later});
}

/// Of those windows that somebody waits for who may run where the request comes from.
Time StaticTable::next_opening(const Queue& queue, const PickRequest& request) const {
  Time first = kNever;
  for (std::size_t window = queue.lists.first_level(); window != Lists::kNone;
       window = queue.lists.first_level(window + 1)) {
    const auto allowed = [&](VcpuId vcpu) { return request.allows(vcpu); };
    if (queue.lists.list(window).first_where(allowed, links_of()) == kNoVcpu) continue;
    first = std::min(first, opens(window, request.now));
  }
  return first;
}

Time StaticTable::opens(std::size_t window, Time now) const {
  const Time begin = window_begin(now, window);
  return now < begin + window_ ? begin : begin + frame_;
}

void StaticTable::charge(RunqueueId rq, VcpuId running, Duration ran, Time now) {
  turns_[running].left -= ran;
  queues_[rq].looked = std::max(queues_[rq].looked, now);
}

std::size_t StaticTable::victims(RunqueueId rq, std::span<VcpuId> out) const {
  const Queue& queue = queues_[rq];
  const std::size_t now = window_at(queue.looked);
  std::size_t found = 0;
  const auto add = [&](std::size_t window) {  // from the tail: it would wait longest
    for (VcpuId v = queue.lists.list(window).tail(); v != kNoVcpu && found < out.size(); v = turns_[v].links.before)
      out[found++] = v;
  };
  if (now < windows_) add(now);
  for (std::size_t window = queue.lists.first_level(); window != Lists::kNone;
       window = queue.lists.first_level(window + 1))
    if (window != now) add(window);
  return found;
}

std::size_t StaticTable::dormant(RunqueueId rq, Time now) const {
  const Lists& lists = queues_[rq].lists;
  const std::size_t window = window_at(now);
  return lists.length() - (window < windows_ ? lists.list(window).length() : 0);
}

Duration StaticTable::waits_at_most(const Crowd& crowd) const {
  const Duration turns = bound_of(slice_, crowd.vcpus);
  return turns == kNoBound ? kNoBound : bound_of(frame_, nanoseconds(turns) / nanoseconds(window_) + 3);
}

void StaticTable::check_invariants(RunqueueId rq) const {
  const Lists& lists = queues_[rq].lists;
  lists.check_invariants(links_of());
  for (std::size_t window = lists.first_level(); window != Lists::kNone; window = lists.first_level(window + 1)) {
    check(window < windows_, "nobody waits for a window that never opens");
    for (VcpuId v = lists.list(window).head(); v != kNoVcpu; v = turns_[v].links.after) {
      check(turns_[v].window == window, "a waiting vCPU is in the list of its window");
      check(turns_[v].left > Duration{0}, "who waits has some turn left");
    }
  }
}

}  // namespace roost
