// The room: the dispatcher of a small host, flat or of several LLCs, in a FakeWorld, started, for a test to call as its
//   pCPUs would.
// Not here: who calls when (the tests).
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "sched/policy/catalog.hpp"
#include "tests/kit/fake_world.hpp"
#include "vmm/executor/dispatcher.hpp"

namespace roost::kit {

struct DispatcherScene {
  /// Every vCPU is of the usual weight and may run on all pCPUs.
  DispatcherScene(std::size_t pcpus, std::size_t vcpus, std::string_view spec = "round_robin")
      : DispatcherScene(Topology::flat(pcpus), std::vector<PcpuSet>(vcpus, PcpuSet::first(pcpus)), spec) {}
  /// Each vCPU may run where it says.
  DispatcherScene(Topology host, const std::vector<PcpuSet>& allowed, std::string_view spec,
                  Granularity shared_by = Granularity::Pcpu)
      : DispatcherScene(std::move(host), traits_of(allowed), spec, shared_by) {}
  /// `budgets`: which the discipline ranks them by, though nobody has admitted or keeps them.
  DispatcherScene(Topology host, const std::vector<VcpuTraits>& vcpus, std::string_view spec, Granularity shared_by,
                  const std::vector<Reservation>& budgets = {})
      : topology(std::move(host)), granularity(shared_by) {
    Policy made = policy(spec, vcpus.size());
    Discipline& discipline = *made.discipline;
    dispatcher = std::make_unique<Dispatcher>(world, std::move(made), topology, vcpus);
    for (std::size_t v = 0; v < budgets.size(); ++v) {
      VcpuTraits told = vcpus[v];
      told.reservation = budgets[v];
      discipline.admit(id_at<VcpuId>(v), told);  // anew
    }
    dispatcher->start(world.now());
  }
  /// `preferred`: soft affinities, by vCPU.
  DispatcherScene(Topology host, const std::vector<VcpuTraits>& vcpus, std::string_view spec, Granularity shared_by,
                  const std::vector<PcpuSet>& preferred)
      : DispatcherScene(std::move(host), vcpus, spec, Divided{shared_by, {}}, preferred) {}
  struct Divided {
    Granularity shared_by;       // of the pCPUs that lie in no pool
    std::vector<PcpuSet> pools;  // under the same policy
  };
  DispatcherScene(Topology host, const std::vector<VcpuTraits>& vcpus, std::string_view spec, const Divided& divided,
                  const std::vector<PcpuSet>& preferred)
      : topology(std::move(host)), granularity(divided.shared_by) {
    for (const PcpuSet& pcpus : divided.pools) pools.push_back({.pcpus = pcpus, .spec = std::string(spec)});
    dispatcher = std::make_unique<Dispatcher>(world, with_all_pools(spec, vcpus.size()), topology, vcpus);
    dispatcher->prefer(preferred);
    dispatcher->start(world.now());
  }
  struct Pool {
    PcpuSet pcpus;
    std::string spec;
    Granularity granularity = Granularity::Pcpu;
  };
  /// Beside the pCPUs under `spec` there are pools.
  DispatcherScene(Topology host, const std::vector<PcpuSet>& allowed, std::string_view spec, std::vector<Pool> beside)
      : topology(std::move(host)), pools(std::move(beside)) {
    dispatcher =
        std::make_unique<Dispatcher>(world, with_all_pools(spec, allowed.size()), topology, traits_of(allowed));
    dispatcher->start(world.now());
  }
  static std::vector<VcpuTraits> traits_of(const std::vector<PcpuSet>& allowed) {
    std::vector<VcpuTraits> traits;
    for (const PcpuSet& of : allowed) traits.push_back({.allowed = of});
    return traits;
  }
  Policy policy(std::string_view spec, std::size_t vcpus) const {
    return policy(spec, vcpus, kRestOfPcpus);
  }
  Policy policy(std::string_view spec, std::size_t vcpus, PoolId pool) const {
    std::vector<RunqueueMap::Cut> cuts;
    for (const Pool& of : pools) cuts.push_back({of.pcpus, of.granularity});
    const Pool* const own = pool == kRestOfPcpus ? nullptr : &pools[index(pool) - 1];
    auto made = make_policy(spec, {.topology = topology,
                                   .max_vcpus = vcpus,
                                   .granularity = own == nullptr ? granularity : own->granularity,
                                   .runqueues = RunqueueMap(topology, granularity, cuts).size()});
    check(made.has_value(), "the test names a policy that exists");
    made->pool = pool;
    if (own != nullptr) made->pcpus = own->pcpus, made->pool_name = "pool " + std::to_string(index(pool));
    return std::move(*made);
  }
  Policy with_all_pools(std::string_view spec, std::size_t vcpus) const {
    std::vector<Policy> beside;
    for (std::size_t p = 0; p < pools.size(); ++p)
      beside.push_back(policy(pools[p].spec, vcpus, id_at<PoolId>(p + 1)));
    return with_pools(policy(spec, vcpus), std::move(beside));
  }
  Dispatcher::Next next(PcpuId p) {
    world.act_as(p);
    return dispatcher->next(p);
  }
  Dispatcher::Next returned(PcpuId p, ExitWhy why, Time wake_at = kNever) {
    world.act_as(p);
    return dispatcher->returned(p, {.why = why, .retired = 1, .wake_at = wake_at});
  }
  /// For a call by a thread that is no pCPU.
  Dispatcher& outside() {
    world.act_as(kNoPcpu);
    return *dispatcher;
  }
  void set_policy(std::string_view spec) { outside().set_policy(policy(spec, dispatcher->vcpus().size())); }
  RunReport report() {
    dispatcher->close(world.now());
    RunReport out;
    dispatcher->fill(out);
    return out;
  }

  FakeWorld world;
  Topology topology;
  Granularity granularity = Granularity::Pcpu;
  std::vector<Pool> pools;
  std::unique_ptr<Dispatcher> dispatcher;
};

}  // namespace roost::kit
