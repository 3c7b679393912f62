// The room: the loads of a ring of pCPUs in a few figures: their mean, and the greatest, since a mean hides one hot LLC
//   (or one hot pCPU) among many cool ones.
// Rules: loads are weights per capacity, in units of a vCPU of weight 100 on a full pCPU, times 1024. Of a ring of more
//   than kMostRead pCPUs so many are read, those of the next higher ids first, and the mean is theirs; among them as
//   many as possible of those that have vCPUs to give, so that the busiest is not missed for idle ones.
// Constants: kMostRead, 64: each is a cache line of another pCPU's; 64 of another node are some 9 us.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

inline constexpr std::size_t kMostRead = 64;

/// Weight per capacity, comparable between pCPUs: 1024 for one vCPU of weight 100 on a full pCPU.
inline std::uint64_t load_per_capacity(const LoadSnapshot& load) {
  return load.weight * 1024 * 1024 / 100 / load.capacity;
}

struct DomainLoad {
  std::size_t read = 0;        // pCPUs whose loads these are
  std::uint64_t mean = 0;      // load_per_capacity
  std::uint64_t greatest = 0;  // likewise
  PcpuId busiest = kNoPcpu;    // who has the greatest, of those with vCPUs to give; the lowest id of equals
  LoadSnapshot of_busiest;
};

DomainLoad load_of(const Topology::Ring& ring, PcpuId centre, const LoadView& view);

}  // namespace roost
