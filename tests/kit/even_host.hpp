// The room: a host whose cores, LLCs and nodes are all of one size, numbered together.
#pragma once

#include <utility>

#include "sched/topology/topology.hpp"

namespace roost::kit {

struct EvenHost {
  std::uint32_t pcpus;
  std::uint32_t core = 1;      // pCPUs of each
  std::uint32_t llc = pcpus;   // likewise
  std::uint32_t node = pcpus;  // likewise: one package
};

inline Topology even_host(const EvenHost& host) {
  IdVector<PcpuId, PcpuPlace> places;
  for (std::uint32_t p = 0; p < host.pcpus; ++p)
    places.push_back({.node = NodeId{p / host.node},
                      .package = p / host.node,
                      .llc = p / host.llc,
                      .core = p / host.core,
                      .host_cpu = p});
  return Topology(std::move(places), {});
}

}  // namespace roost::kit
