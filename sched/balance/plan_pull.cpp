#include "sched/balance/plan_pull.hpp"

namespace roost {

std::optional<Plan> plan_pull(PcpuId self, const Topology& topology, const MigrationCost& cost, const LoadView& view) {
  const LoadSnapshot mine = view.load(self);
  if (mine.waiting > 0) return std::nullopt;  // something came meanwhile

  for (const Topology::Ring& ring : topology.around(self)) {
    const Duration price = cost.of(ring.distance);
    PcpuId source = kNoPcpu;
    Duration longest{0};
    for (const PcpuId other : ring.pcpus) {
      if (!view.online(other)) continue;
      const LoadSnapshot load = view.load(other);
      if (available(load) == 0 || !worthwhile(load, mine, price)) continue;
      if (source != kNoPcpu && load.backlog <= longest) continue;
      source = other;
      longest = load.backlog;
    }
    if (source != kNoPcpu) return Plan{.from = source, .to = self, .how = MoveHow::Pull, .cost = price};
  }
  return std::nullopt;
}

}  // namespace roost
