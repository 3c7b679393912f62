#include "sched/placement/energy_model.hpp"

#include <map>
#include <utility>

namespace roost {

EnergyModel::EnergyModel(const Topology& topology) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> places;  // by LLC and capacity
  for (std::size_t p = 0; p < topology.pcpu_count(); ++p) {
    const auto pcpu = id_at<PcpuId>(p);
    const PcpuPlace& place = topology.place(pcpu);
    const auto [known, is_new] = places.try_emplace({place.llc, place.capacity}, domains_.size());
    if (is_new) domains_.push_back({.pcpus = {}, .capacity = place.capacity});
    domains_[known->second].pcpus.push_back(pcpu);
  }
}

std::uint64_t EnergyModel::energy(const PerformanceDomain& domain, std::uint64_t busiest, std::uint64_t sum) {
  const bool little = 2 * domain.capacity <= kLittle.back().capacity + kBig.back().capacity;
  const std::array<State, 3>& states = little ? kLittle : kBig;
  const std::uint64_t full = states.back().capacity;
  // In proportion: both capacity and power of each state times domain.capacity / full, which leaves power / capacity.
  const State* state = states.data();
  while (state != &states.back() && std::uint64_t{state->capacity} * domain.capacity < busiest * full) ++state;
  return sum * state->power * 1024 / state->capacity;
}

}  // namespace roost
