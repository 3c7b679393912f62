#include "sched/balance/better_place.hpp"

#include <algorithm>
#include <utility>

#include "sched/topology/nearest.hpp"

namespace roost {

BetterPlaces::BetterPlaces(Topology topology) : topology_(std::move(topology)) {
  for (const PcpuPlace& place : topology_.places()) fastest_ = std::max(fastest_, place.capacity);
}

bool BetterPlaces::faster(PcpuId than, PcpuId pcpu) const {
  return std::uint64_t{topology_.place(pcpu).capacity} * 1024 > topology_.place(than).capacity * kMargin;
}

const Topology::Ring* BetterPlaces::siblings_of(PcpuId pcpu) const {
  const auto rings = topology_.around(pcpu);
  return !rings.empty() && rings.front().distance == Distance::Smt ? &rings.front() : nullptr;
}

BetterPlaces::Place BetterPlaces::find(PcpuId self, const Topology::Ring& ring, const LoadView& view) const {
  bool crowded = false, lower = false;  // a sibling runs somebody; one of a lower id does
  if (const Topology::Ring* siblings = siblings_of(self))
    for (std::size_t w = siblings->ball->first_word(); w < siblings->ball->end_word(); ++w) {
      const std::uint64_t busy = siblings->word(w) & ~bit_in(self, w) & view.online_word(w) & ~view.idle(w);
      if (busy == 0) continue;
      crowded = true;
      lower = lower || lowest_in(w, busy) < self;
    }
  if (!crowded && topology_.place(self).capacity == fastest_) return {};
  const auto idles = [&](std::size_t w) { return view.idle(w) | ~view.online_word(w); };
  const auto core_idles = [&](PcpuId pcpu) { return siblings_flagged(topology_, pcpu, idles); };
  Place best;
  visit_some(ring, self, kMostSeen, [&](std::size_t word) { return view.idle(word) & ~view.sharing(self, word); },
             [&](PcpuId pcpu) {
               const bool helps = faster(self, pcpu) || (crowded && !faster(pcpu, self));
               if (!helps || !core_idles(pcpu)) return;
               const bool best_yet = best.pcpu == kNoPcpu ||
                                     topology_.place(pcpu).capacity > topology_.place(best.pcpu).capacity;
               if (best_yet) best = {pcpu, crowded && !lower && !faster(self, pcpu)};
             });
  return best;
}

}  // namespace roost
