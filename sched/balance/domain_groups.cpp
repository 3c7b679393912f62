#include "sched/balance/domain_groups.hpp"

#include <algorithm>
#include <utility>

#include "sched/balance/domain_load.hpp"

namespace roost {

DomainGroups::DomainGroups(Topology topology, GroupRules rules) : topology_(std::move(topology)), rules_(rules) {
  if (rules_.view == GroupRules::View::Own || topology_.pcpu_count() == 0) return;
  const std::size_t levels = topology_.around(PcpuId{0}).size();
  by_first_.resize(levels);
  for (std::size_t level = 1; level < levels; ++level)
    for (std::size_t p = 0; p < topology_.pcpu_count(); ++p) {
      const auto pcpu = id_at<PcpuId>(p);
      const auto chain = topology_.around(pcpu);
      if (level < chain.size() && part_by_first(level, pcpu) == by_first_[level].size())
        by_first_[level].push_back(chain[level - 1].ball);
    }
}

std::size_t DomainGroups::part_by_first(std::size_t level, PcpuId pcpu) const {
  const auto& parts = by_first_[level];
  const auto found = std::ranges::find_if(parts, [&](const Domain* part) { return part->contains(pcpu); });
  return static_cast<std::size_t>(found - parts.begin());
}

std::size_t DomainGroups::level_of(PcpuId centre, PcpuId other) const {
  const auto chain = topology_.around(centre);
  std::size_t level = 0;
  while (level + 1 < chain.size() && !chain[level].ball->contains(other)) ++level;
  return level;
}

bool DomainGroups::may_cross(PcpuId from, PcpuId to, const LoadView& view) const {
  const std::size_t level = level_of(from, to);
  if (level == 0) return true;
  if (level < by_first_.size() && part_by_first(level, from) == part_by_first(level, to)) return false;
  if (rules_.compare == GroupRules::Compare::None) return true;
  const Domain& giving = *topology_.around(from)[level - 1].ball;
  const Domain& taking = *topology_.around(to)[level - 1].ball;
  return load_of_part(giving, view) > load_of_part(taking, view);
}

std::uint64_t DomainGroups::load_of_part(const Domain& part, const LoadView& view) const {
  std::uint64_t sum = 0, least = UINT64_MAX;
  std::size_t read = 0;
  for (std::size_t w = part.first_word(); w < part.end_word(); ++w)
    for_each_in(w, part.word(w) & view.fronts(w), [&](PcpuId pcpu) {
      if (read == kMostOfGroup) return;
      const std::uint64_t load = load_per_capacity(view.load(pcpu));
      ++read;
      sum += load;
      least = std::min(least, load);
    });
  if (read == 0) return 0;
  return rules_.compare == GroupRules::Compare::Mean ? sum / read : least;
}

/// Pools: those of others look as if they were of its own runqueue (pool_view), and are not missed.
bool misses_some(PcpuId self, const Topology& topology, const LoadView& view) {
  const std::size_t pcpus = topology.pcpu_count();
  for (std::size_t w = 0; w < words_for(pcpus); ++w) {
    const std::size_t here = std::min<std::size_t>(64, pcpus - 64 * w);
    const std::uint64_t all = here == 64 ? ~0ULL : (1ULL << here) - 1;
    if ((all & ~view.online_word(w) & ~view.sharing(self, w)) != 0) return true;
  }
  return false;
}

}  // namespace roost
