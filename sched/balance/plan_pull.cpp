#include "sched/balance/plan_pull.hpp"

#include "sched/topology/nearest.hpp"

namespace roost {

Advice plan_pull(PcpuId self, const Topology& topology, const MigrationCost& cost, const LoadView& view) {
  const LoadSnapshot mine = view.load(self);
  if (mine.pcpus > 1 ? !mine.idle() : mine.ready() > 0) return {};  // something came meanwhile

  Advice advice;
  const auto giving = [&](std::size_t word) { return view.giving(word) & ~view.sharing(self, word); };
  for (const Topology::Ring& ring : topology.around(self)) {
    if (!leads_elsewhere(ring, self, view)) continue;
    advice.looked_at.insert(ring.distance);
    PcpuId source = kNoPcpu;
    Duration longest{0}, price{0};
    const auto look = [&](PcpuId other) {
      const LoadSnapshot load = view.load(other);
      const Duration asked = cost.of(ring.distance, load);
      if (load.available() == 0 || !worthwhile(load, mine, asked)) return;
      const bool equal = load.backlog == longest;
      if (source != kNoPcpu && (equal ? other > source : load.backlog < longest)) return;
      source = other;
      longest = load.backlog;
      price = asked;
    };
    visit_some(ring, self, kMostSources, giving, look);
    if (source == kNoPcpu) continue;
    advice.plan = {.from = source, .to = self, .how = MoveHow::Pull, .cost = price};
    break;
  }
  return advice;
}

}  // namespace roost
