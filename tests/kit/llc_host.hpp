// The room: a host of one node with several LLCs, of one or more cores each.
#pragma once

#include <utility>
#include <vector>

#include "sched/topology/topology.hpp"

namespace roost::kit {

/// `cores`: of each LLC, a pCPU to a core.
inline Topology llc_host(const std::vector<std::size_t>& cores) {
  IdVector<PcpuId, PcpuPlace> places;
  for (std::size_t llc = 0; llc < cores.size(); ++llc)
    for (std::size_t i = 0; i < cores[llc]; ++i)
      places.push_back({.llc = static_cast<std::uint32_t>(llc), .core = static_cast<std::uint32_t>(places.size())});
  return Topology(std::move(places), {});
}

}  // namespace roost::kit
