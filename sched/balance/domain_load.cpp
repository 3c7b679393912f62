#include "sched/balance/domain_load.hpp"

#include "sched/topology/nearest.hpp"

namespace roost {

DomainLoad load_of(const Topology::Ring& ring, PcpuId centre, const LoadView& view) {
  DomainLoad sum;
  std::uint64_t total = 0;
  const auto read = [&](PcpuId pcpu) {
    const LoadSnapshot load = view.load(pcpu);
    const std::uint64_t here = load_per_capacity(load);
    total += here;
    ++sum.read;
    if (load.available() == 0) return;
    const bool busier = sum.busiest == kNoPcpu || here > sum.greatest || (here == sum.greatest && pcpu < sum.busiest);
    if (!busier) return;
    sum.greatest = here;
    sum.busiest = pcpu;
    sum.of_busiest = load;
  };
  const auto fronts = [&](std::size_t word) { return view.fronts(word) & ~view.sharing(centre, word); };
  const auto giving = [&](std::size_t word) { return view.giving(word) & fronts(word); };
  const auto others = [&](std::size_t word) { return ~view.giving(word) & fronts(word); };
  const std::size_t givers = visit_some(ring, centre, kMostRead, giving, read);
  visit_some(ring, centre, kMostRead - givers, others, read);
  if (sum.read > 0) sum.mean = total / sum.read;
  return sum;
}

}  // namespace roost
