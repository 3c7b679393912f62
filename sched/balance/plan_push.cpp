#include "sched/balance/plan_push.hpp"

#include <algorithm>

#include "sched/topology/nearest.hpp"

namespace roost {

namespace {

Receiver lightest(PcpuId self, const Topology& topology, Initiator initiator, const LoadView& view,
                  DistanceSet& looked_at) {
  const auto elsewhere = [&](std::size_t word) { return ~view.sharing(self, word); };
  const auto giving = [&](std::size_t word) { return view.giving(word) & view.fronts(word); };
  const auto around = topology.around(self);
  const Receiver idle = nearest_idle(self, topology, view, nullptr);
  const bool found = idle.pcpu != kNoPcpu;
  const Distance farthest = found ? idle.distance : Distance::Remote;
  for (const Topology::Ring& ring : topology.around(self))
    if (ring.distance <= farthest && leads_elsewhere(ring, self, view)) looked_at.insert(ring.distance);
  if (found) return idle;
  Receiver best;
  for (std::size_t level = 0; level < around.size(); ++level) {
    if (initiator == Initiator::First && belongs_to_another(self, level, topology, view, giving)) break;
    const Topology::Ring& ring = around[level];
    Receiver here;
    const auto look = [&](PcpuId other) {
      const LoadSnapshot load = view.load(other);
      const bool better = here.pcpu == kNoPcpu || lighter(load, here.load) ||
                          (other < here.pcpu && !lighter(here.load, load));
      if (better) here = {other, ring.distance, load};
    };
    visit_some(ring, self, kMostReceivers, [&](std::size_t word) { return view.fronts(word) & elsewhere(word); }, look);
    if (here.pcpu != kNoPcpu && (best.pcpu == kNoPcpu || lighter(here.load, best.load))) best = here;
  }
  return best;
}

/// By how much the difference per capacity exceeds `threshold`, times both: F t - T f - threshold f t / 1024.
std::uint64_t excess(const LoadSnapshot& from, const LoadSnapshot& to, std::int64_t threshold) {
  const std::uint64_t borne = static_cast<std::uint64_t>(threshold) * from.capacity * to.capacity / 1024;
  const std::uint64_t heavy = from.weight * to.capacity, light = to.weight * from.capacity + borne;
  return heavy > light ? heavy - light : 0;
}

/// What may go of it; damped by a half, it makes both equal but for the threshold.
std::uint64_t damped(std::uint64_t excess, const LoadSnapshot& from, const LoadSnapshot& to, std::int64_t percent) {
  return excess * static_cast<std::uint64_t>(percent) / 50 / (std::uint64_t{from.capacity} + to.capacity);
}

/// What there is to give, and to whom.
struct Offered {
  Receiver to;
  std::uint64_t most = 0;    // weight; 0: nothing
  std::uint64_t excess = 0;  // over the threshold
};

Offered offer(const LoadSnapshot& mine, const Receiver& receiver, const PushRules& rules, PushState& state) {
  Offered offered{.to = receiver, .most = receiver.pcpu == kNoPcpu ? 0 : movable_weight(mine, receiver.load)};
  if (offered.most == 0) return offered;
  const std::int64_t threshold = receiver.load.idle() ? 0 : rules.threshold;
  const std::int64_t begins = receiver.load.idle() || state.moving ? threshold : threshold + rules.hysteresis;
  offered.excess = excess(mine, receiver.load, threshold);
  state.moving = offered.most == kAnyWeight || excess(mine, receiver.load, begins) > 0;
  if (!state.moving) offered.most = 0;
  return offered;
}

Plan plan_to(PcpuId self, const LoadSnapshot& mine, const Offered& offered, const PushRules& rules,
             const PushState& state) {
  const LoadSnapshot& theirs = offered.to.load;
  Plan plan{.from = self, .to = offered.to.pcpu, .how = MoveHow::Push, .weight_limit = offered.most,
            .spares = rules.hot.spares(offered.to.distance, state.failures)};
  if (offered.most == kAnyWeight) {  // as many as there are idle pCPUs
    plan.how_many = std::min(mine.available(), theirs.free());
  } else if (state.exchange && theirs.available() > 0) {
    plan.how = MoveHow::Swap;
  } else if (const std::uint64_t some = damped(offered.excess, mine, theirs, rules.damping);
             rules.amount == PushRules::Amount::Damped && !state.coarse && some > 0) {
    plan.how_many = mine.available();
    plan.weight_limit = std::min(some, offered.most);
  }
  return plan;
}

}  // namespace

Receiver nearest_idle(PcpuId self, const Topology& topology, const LoadView& view, const PcpuSet* among) {
  const auto idle = [&](std::size_t word) {
    return view.idle(word) & ~view.sharing(self, word) & (among == nullptr ? ~std::uint64_t{0} : among->word(word));
  };
  const PcpuId first = nearest(topology, self, idle);
  if (first == kNoPcpu) return {};
  const LoadSnapshot mine = view.load(self);
  const Receiver near{first, topology.distance(self, first), view.load(first)};
  if (as_fast(near.load, mine)) return near;
  for (const Topology::Ring& ring : topology.around(self)) {
    Receiver fast;
    visit_some(ring, self, kMostReceivers, idle, [&](PcpuId other) {
      const LoadSnapshot load = view.load(other);
      if (other < fast.pcpu && as_fast(load, mine)) fast = {other, ring.distance, load};
    });
    if (fast.pcpu != kNoPcpu) return fast;
  }
  return near;
}

Advice plan_push(PcpuId self, const Topology& topology, const PushRules& rules, const LoadView& view,
                 PushState& state) {
  const LoadSnapshot mine = view.load(self);
  Advice advice;
  Receiver receiver;
  if (mine.available() > 0) receiver = lightest(self, topology, rules.initiator, view, advice.looked_at);
  const Offered offered = offer(mine, receiver, rules, state);
  if (offered.most == 0) {
    state = PushState{};
    return advice;
  }
  const Duration price = state.lasting ? kNoCostRule : rules.cost.of(receiver.distance, mine);
  if (!worthwhile(mine, receiver.load, price)) {
    state.lasting = true;
    return advice;
  }
  advice.plan = plan_to(self, mine, offered, rules, state);
  advice.plan->cost = price;
  return advice;
}

}  // namespace roost
