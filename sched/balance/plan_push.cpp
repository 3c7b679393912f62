#include "sched/balance/plan_push.hpp"

#include <algorithm>

#include "sched/topology/nearest.hpp"

namespace roost {

namespace {

Receiver lightest(PcpuId self, const Topology& topology, const LoadView& view, DistanceSet& looked_at) {
  const auto elsewhere = [&](std::size_t word) { return ~view.sharing(self, word); };
  const Receiver idle = nearest_idle(self, topology, view, nullptr);
  const bool found = idle.pcpu != kNoPcpu;
  const Distance farthest = found ? idle.distance : Distance::Remote;
  for (const Topology::Ring& ring : topology.around(self))
    if (ring.distance <= farthest && leads_elsewhere(ring, self, view)) looked_at.insert(ring.distance);
  if (found) return idle;
  Receiver best;
  for (const Topology::Ring& ring : topology.around(self)) {
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

/// What would make both equal per capacity: (F t - T f) / (f + t).
std::uint64_t equalising_weight(const LoadSnapshot& from, const LoadSnapshot& to) {
  const std::uint64_t heavy = from.weight * to.capacity, light = to.weight * from.capacity;
  return heavy > light ? (heavy - light) / (std::uint64_t{from.capacity} + to.capacity) : 0;
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

Advice plan_push(PcpuId self, const Topology& topology, const MigrationCost& cost, const LoadView& view,
                 PushState& state) {
  const LoadSnapshot mine = view.load(self);
  Advice advice;
  const Receiver receiver = mine.available() == 0 ? Receiver{} : lightest(self, topology, view, advice.looked_at);
  const std::uint64_t most = receiver.pcpu == kNoPcpu ? 0 : movable_weight(mine, receiver.load);
  if (most == 0) {
    state = PushState{};
    return advice;
  }
  const Duration price = state.lasting ? kNoCostRule : cost.of(receiver.distance);
  if (!worthwhile(mine, receiver.load, price)) {
    state.lasting = true;
    return advice;
  }

  if (most == kAnyWeight) {  // as many as there are idle pCPUs
    advice.plan = {.from = self, .to = receiver.pcpu, .how_many = std::min(mine.available(), receiver.load.free()),
                   .how = MoveHow::Push, .cost = price, .weight_limit = most};
    return advice;
  }
  if (state.exchange && receiver.load.available() > 0) {
    advice.plan = {.from = self, .to = receiver.pcpu, .how = MoveHow::Swap, .cost = price, .weight_limit = most};
    return advice;
  }
  const std::uint64_t half = equalising_weight(mine, receiver.load);
  const bool coarse = state.coarse || half == 0;
  advice.plan = {.from = self,
                 .to = receiver.pcpu,
                 .how_many = coarse ? 1 : mine.available(),
                 .how = MoveHow::Push,
                 .cost = price,
                 .weight_limit = coarse ? most : half};
  return advice;
}

}  // namespace roost
