#include "sched/discipline/windows_nt.hpp"

#include <algorithm>

#include "sched/vocabulary/nice.hpp"

namespace roost {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr int kNicePerLevel = 3;

constexpr WindowsNtConstants kUsual;
constexpr ConstantInfo kConstants[]{
    count_constant("ticks", "of a quantum: 2 on clients, 12 on servers", kUsual.ticks, 1, 1000),
    time_constant("tick", "of the clock", kUsual.tick, microseconds(3), seconds(1)),
    count_constant("boost", "levels that a wakeup lifts above the base", kUsual.boost, 0, WindowsNt::kMostDynamic),
    time_constant("starved", "who has waited for so long is lifted to 15", kUsual.starved, microseconds(1),
                  seconds(1000)),
};

}  // namespace

constexpr DisciplineEntry kWindowsNtEntry{
    {"windows_nt", "32 levels: boosts for those who wake, which decay by the quantum, and for those who starve",
     "Windows NT, its dispatcher and balance set manager", kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<WindowsNt>(scope.max_vcpus, scope.runqueues,
                                         WindowsNtConstants{.ticks = constants.count("ticks"),
                                                            .tick = constants.time("tick"),
                                                            .boost = constants.count("boost"),
                                                            .starved = constants.time("starved")});
    }};

WindowsNt::WindowsNt(std::size_t max_vcpus, std::size_t runqueues, WindowsNtConstants constants)
    : states_(max_vcpus), queues_(runqueues), constants_(constants) {
  check(constants.ticks > 0 && constants.tick > Duration{0}, "a quantum is longer than nothing");
}

void WindowsNt::admit(VcpuId vcpu, const VcpuTraits& traits) {
  states_[vcpu] = State{.links = {}, .left = quantum()};
  reweigh(vcpu, traits.weight);
}

void WindowsNt::reweigh(VcpuId vcpu, Weight weight) {
  State& state = states_[vcpu];
  const int nice = nice_of(weight);
  state.base = static_cast<std::int8_t>(nice == kMinNice ? kRealTimeBase : kNormal - nice / kNicePerLevel);
  state.level = state.base;
  state.lifted = 0;
}

void WindowsNt::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  State& state = states_[vcpu];
  scan(queue, now);
  bool goes_on = false;
  switch (why) {
    case EnqueueWhy::Fork: break;
    case EnqueueWhy::Wake: wake_up(state); break;
    case EnqueueWhy::Preempted:
    case EnqueueWhy::SliceEnd:
      goes_on = state.left > Duration{0};
      if (!goes_on) end_quantum(state);
      break;
    case EnqueueWhy::Yield: end_quantum(state); break;
    case EnqueueWhy::Migrated: break;
  }
  if (why != EnqueueWhy::Migrated) state.waits_since = now;
  if (goes_on) return queue.lists.push_front(place_of(state.level), vcpu, links_of());
  queue.lists.push_back(place_of(state.level), vcpu, links_of());
}

void WindowsNt::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) {
  if (why == LeaveWhy::Migrating) queues_[rq].lists.remove(place_of(states_[vcpu].level), vcpu, links_of());
}

std::optional<Pick> WindowsNt::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  scan(queue, request.now);
  const auto allowed = [&](VcpuId vcpu) { return request.allows(vcpu); };
  const auto [place, next] = queue.lists.first_where(allowed, links_of());
  if (next == kNoVcpu) return std::nullopt;
  queue.lists.remove(place, next, links_of());
  const Time next_scan = Time{} + kScanPeriod * (queue.scanned + 1);
  return Pick{next, std::min(request.now + states_[next].left, next_scan)};
}

void WindowsNt::charge(RunqueueId, VcpuId running, Duration ran, Time) { states_[running].left -= ran; }

bool WindowsNt::preempts(RunqueueId, VcpuId waiting, VcpuId running, Time) const {
  return states_[waiting].level > states_[running].level;
}

std::size_t WindowsNt::victims(RunqueueId rq, std::span<VcpuId> out) const {
  return queues_[rq].lists.first(out, links_of());
}

Urgency WindowsNt::urgency(RunqueueId rq) const {
  const Lists& lists = queues_[rq].lists;
  return lists.empty() ? kNoUrgency : kLevels - 1 - static_cast<Urgency>(lists.first_level());
}

Duration WindowsNt::waits_at_most(const Crowd& crowd) const {
  if (nice_of(crowd.heaviest) == kMinNice || crowd.others() > kMostScanned) return kNoBound;
  const Duration lifted = bound_sum(constants_.starved, bound_of(kScanPeriod, crowd.vcpus / kMostLifted + 2));
  return bound_sum(lifted, bound_of(quantum(), crowd.vcpus));
}

void WindowsNt::check_invariants(RunqueueId rq) const {
  const Lists& lists = queues_[rq].lists;
  lists.check_invariants(links_of());
  for (int level = 0; level < kLevels; ++level)
    for (VcpuId v = lists.list(place_of(level)).head(); v != kNoVcpu; v = states_[v].links.after) {
      const State& state = states_[v];
      check(state.level == level, "a waiting vCPU is in the list of its level");
      check(state.level >= state.base, "no level is below its base");
      check(state.level <= std::max<int>(state.base, kMostDynamic), "no boost reaches the real-time levels");
      check(state.left > Duration{0}, "who waits has some quantum left");
    }
}

void WindowsNt::end_quantum(State& state) const {
  state.level = static_cast<std::int8_t>(std::max<int>(state.base, state.level - state.lifted - 1));
  state.lifted = 0;
  state.left = quantum();
}

void WindowsNt::wake_up(State& state) const {
  if (state.base >= kTimeCritical) {
    state.left = quantum();
  } else {
    if (state.lifted == 0 && constants_.boost > 0) state.left = quantum();
    state.left -= unit();
    if (state.left <= Duration{0}) end_quantum(state);
  }
  if (state.base >= kRealTime || state.lifted > 0) return;
  const std::int64_t lifted = std::min<std::int64_t>(state.base + constants_.boost, kMostDynamic);
  state.level = std::max(state.level, static_cast<std::int8_t>(lifted));
}

/// The balance set manager's round, once in every second.
void WindowsNt::scan(Queue& queue, Time now) {
  const std::int64_t second = now.time_since_epoch() / kScanPeriod;
  if (second <= queue.scanned) return;
  queue.scanned = second;
  int looked = 0, lifted = 0;
  const int first = queue.resume;
  for (int i = 0; i < kMostDynamic; ++i) {
    const int level = (first + i) % kMostDynamic;  // those on 15 are as high as can be
    VcpuId next = kNoVcpu;
    for (VcpuId v = queue.lists.list(place_of(level)).head(); v != kNoVcpu; v = next) {
      queue.resume = level;
      if (looked++ == kMostScanned || lifted == kMostLifted) return;
      next = states_[v].links.after;
      if (now - states_[v].waits_since < constants_.starved) continue;
      lift(queue, v);
      ++lifted;
    }
  }
  queue.resume = 0;
}

void WindowsNt::lift(Queue& queue, VcpuId vcpu) {
  State& state = states_[vcpu];
  queue.lists.remove(place_of(state.level), vcpu, links_of());
  state.lifted = static_cast<std::int8_t>(state.lifted + kMostDynamic - state.level);
  state.level = kMostDynamic;
  state.left = unit() * kStarvedUnits;
  queue.lists.push_back(place_of(kMostDynamic), vcpu, links_of());
}

}  // namespace roost
