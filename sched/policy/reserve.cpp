#include "sched/policy/reserve.hpp"

#include <algorithm>
#include <utility>

#include "sched/discipline/reserved.hpp"

namespace roost {

namespace {

IdVector<PcpuId, std::uint32_t> capacities_of(const Topology& topology) {
  IdVector<PcpuId, std::uint32_t> capacities;
  for (std::size_t p = 0; p < topology.pcpu_count(); ++p)
    capacities.push_back(topology.place(id_at<PcpuId>(p)).capacity);
  return capacities;
}

}  // namespace

std::shared_ptr<CbsServers> servers_for(std::span<const VcpuTraits> vcpus) {
  const auto reserves = [](const VcpuTraits& of) { return of.reservation.budget > Duration{0}; };
  if (std::ranges::none_of(vcpus, reserves)) return nullptr;
  auto servers = std::make_shared<CbsServers>(vcpus.size());
  for (std::size_t v = 0; v < vcpus.size(); ++v)
    if (reserves(vcpus[v])) (*servers)[id_at<VcpuId>(v)] = CbsServer(vcpus[v].reservation);
  return servers;
}

Seats seats_for(const Topology& topology, const RunqueueMap& map, const Pools& pools,
                std::span<const VcpuTraits> vcpus) {
  IdVector<PcpuId, RunqueueId> runqueues;
  for (std::size_t p = 0; p < map.pcpus(); ++p) runqueues.push_back(map.of(id_at<PcpuId>(p)));
  std::vector<PcpuSet> sets;
  for (std::size_t p = 0; p < pools.size() && pools.any(); ++p) sets.push_back(pools.members(id_at<PoolId>(p)));
  return Seats(capacities_of(topology), vcpus, std::move(runqueues), std::move(sets));
}

Policy with_reservations(Policy policy, const std::shared_ptr<CbsServers>& servers, const Topology& topology,
                         std::size_t runqueues) {
  if (servers == nullptr) return policy;
  for (Policy& pool : policy.pools) pool = with_reservations(std::move(pool), servers, topology, runqueues);
  std::string name = policy.discipline->name();
  policy.discipline = std::make_unique<Reserved>(std::move(policy.discipline), servers, capacities_of(topology),
                                                 runqueues);
  policy.discipline->set_name(std::move(name));
  return policy;
}

}  // namespace roost
