#include "sched/discipline/solaris_ts.hpp"

#include <algorithm>
#include <array>

#include "sched/vocabulary/nice.hpp"

namespace roost {

namespace {

using std::chrono::milliseconds;

constexpr ConstantInfo kConstants[]{
    time_constant("update", "how often those who waited are raised", SolarisTs::kUpdate, milliseconds(1),
                  std::chrono::seconds(1000)),
};

struct Row {  // of the table, as in ts_dptbl
  Duration quantum;
  std::int16_t used_up, sleep_return, waited;
};

constexpr Row row_of(int level) {
  const int down = std::max(level - 10, 0);
  const auto row = [&](int quantum_ms, int sleep_return, int waited) {
    return Row{milliseconds(quantum_ms), static_cast<std::int16_t>(down), static_cast<std::int16_t>(sleep_return),
               static_cast<std::int16_t>(waited)};
  };
  if (level < 30) return row(200 - level / 10 * 40, 50 + level / 10, 50 + level / 10);
  if (level < 40) return row(80, level < 35 ? 53 : 54, level < 35 ? 53 : 54);
  if (level < 49) {
    const int up = level < 45 ? 55 : std::min(level + 11, 58);
    return row(40, up, up);
  }
  return level < 59 ? row(40, 58, 59) : row(20, 59, 59);
}

constexpr auto kTable = [] {
  std::array<Row, SolarisTs::kLevels> table{};
  for (int level = 0; level < SolarisTs::kLevels; ++level) table[static_cast<std::size_t>(level)] = row_of(level);
  return table;
}();

const Row& row(std::int16_t level) { return kTable[static_cast<std::size_t>(level)]; }

}  // namespace

constexpr DisciplineEntry kSolarisTsEntry{
    {"solaris_ts", "60 levels: hogs sink and get longer turns, sleepers and those who waited rise",
     "Solaris and illumos, time-sharing class", kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<SolarisTs>(scope.max_vcpus, scope.runqueues, constants.time("update"));
    }};

SolarisTs::SolarisTs(std::size_t max_vcpus, std::size_t runqueues, Duration update)
    : states_(max_vcpus), queues_(runqueues), update_(update) {
  check(update > Duration{0}, "an update's period is longer than nothing");
}

int SolarisTs::level_of(const State& state) {
  return std::clamp(state.row - kLevelsPerNice * state.nice, 0, kLevels - 1);
}

void SolarisTs::admit(VcpuId vcpu, const VcpuTraits& traits) {
  states_[vcpu] = State{.links = {}, .left = row(kFirstLevel).quantum};
  reweigh(vcpu, traits.weight);
}

void SolarisTs::reweigh(VcpuId vcpu, Weight weight) { states_[vcpu].nice = static_cast<std::int16_t>(nice_of(weight)); }

void SolarisTs::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) {
  Queue& queue = queues_[rq];
  State& state = states_[vcpu];
  update(queue, now);
  bool goes_on = false;
  switch (why) {
    case EnqueueWhy::Fork: state.counted = updates_by(now); break;
    case EnqueueWhy::Wake:
      if (waited_too_long(state, updates_by(now))) return_from_sleep(state, now);
      break;
    case EnqueueWhy::Preempted:
    case EnqueueWhy::SliceEnd: goes_on = state.left > Duration{0}; break;
    case EnqueueWhy::Yield:
    case EnqueueWhy::Migrated: break;
  }
  if (state.left <= Duration{0}) use_up(state, now);
  if (goes_on) return queue.lists.push_front(place_of(state), vcpu, links_of());
  queue.lists.push_back(place_of(state), vcpu, links_of());
}

void SolarisTs::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) {
  if (why == LeaveWhy::Migrating) queues_[rq].lists.remove(place_of(states_[vcpu]), vcpu, links_of());
}

std::optional<Pick> SolarisTs::pick(RunqueueId rq, const PickRequest& request) {
  Queue& queue = queues_[rq];
  update(queue, request.now);
  const auto allowed = [&](VcpuId vcpu) { return request.allows(vcpu); };
  const auto [place, next] = queue.lists.first_where(allowed, links_of());
  if (next == kNoVcpu) return std::nullopt;
  queue.lists.remove(place, next, links_of());
  const Time next_update = Time{} + update_ * (updates_by(request.now) + 1);
  return Pick{next, std::min(request.now + states_[next].left, next_update)};
}

void SolarisTs::charge(RunqueueId, VcpuId running, Duration ran, Time now) {
  State& state = states_[running];
  state.left -= ran;
  if (state.left > Duration{0} && waited_too_long(state, updates_by(now))) return_from_sleep(state, now);
}

bool SolarisTs::preempts(RunqueueId, VcpuId waiting, VcpuId running, Time) const {
  return level_of(states_[waiting]) > level_of(states_[running]);
}

std::size_t SolarisTs::victims(RunqueueId rq, std::span<VcpuId> out) const {
  return queues_[rq].lists.first(out, links_of());
}

Urgency SolarisTs::urgency(RunqueueId rq) const {
  const Lists& lists = queues_[rq].lists;
  return lists.empty() ? kNoUrgency : kLevels - 1 - static_cast<Urgency>(lists.first_level());
}

Duration SolarisTs::waits_at_most(const Crowd& crowd) const {
  if (crowd.lightest != crowd.heaviest) return kNoBound;
  return bound_sum(bound_of(update_, 3), bound_of(row(0).quantum, crowd.vcpus));
}

void SolarisTs::check_invariants(RunqueueId rq) const {
  const Lists& lists = queues_[rq].lists;
  lists.check_invariants(links_of());
  for (std::size_t place = 0; place < kLevels; ++place)
    for (VcpuId v = lists.list(place).head(); v != kNoVcpu; v = states_[v].links.after) {
      check(place_of(states_[v]) == place, "a waiting vCPU is in the list of its level");
      check(states_[v].left > Duration{0}, "who waits has some quantum left");
    }
}

/// On level 59 nobody is raised: its row's ts_maxwait is 32000.
bool SolarisTs::waited_too_long(const State& state, std::int64_t updates) const {
  return updates > state.counted && level_of(state) < kLevels - 1;
}

void SolarisTs::use_up(State& state, Time now) const {
  state.row = row(state.row).used_up;
  state.left = row(state.row).quantum;
  state.counted = updates_by(now);
}

void SolarisTs::return_from_sleep(State& state, Time now) const {
  state.row = row(state.row).sleep_return;
  state.left = row(state.row).quantum;
  state.counted = updates_by(now);
}

void SolarisTs::update(Queue& queue, Time now) {
  const std::int64_t updates = updates_by(now);
  // Two make everyone's row 59, if a queue was looked at so late.
  for (queue.updated = std::max(queue.updated, updates - 2); queue.updated < updates;)
    raise_waiting(queue, ++queue.updated);
}

void SolarisTs::raise_waiting(Queue& queue, std::int64_t updates) {
  for (std::size_t place = queue.lists.first_level(); place != Lists::kNone;
       place = queue.lists.first_level(place + 1)) {
    VcpuId next = kNoVcpu;
    for (VcpuId v = queue.lists.list(place).head(); v != kNoVcpu; v = next) {
      State& state = states_[v];
      next = state.links.after;
      if (!waited_too_long(state, updates)) continue;
      State raised = state;
      raised.row = row(state.row).waited;
      raised.counted = updates;
      if (place_of(raised) != place) {
        raised.left = row(raised.row).quantum;
        queue.lists.remove(place, v, links_of());
        queue.lists.push_back(place_of(raised), v, links_of());
        raised.links = state.links;
      }
      state = raised;
    }
  }
}

}  // namespace roost
