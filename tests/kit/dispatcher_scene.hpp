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
      : topology(std::move(host)), granularity(shared_by) {
    dispatcher = std::make_unique<Dispatcher>(world, policy(spec, vcpus.size()), topology, vcpus);
    dispatcher->prefer(preferred);
    dispatcher->start(world.now());
  }
  static std::vector<VcpuTraits> traits_of(const std::vector<PcpuSet>& allowed) {
    std::vector<VcpuTraits> traits;
    for (const PcpuSet& of : allowed) traits.push_back({.allowed = of});
    return traits;
  }
  Policy policy(std::string_view spec, std::size_t vcpus) const {
    auto made = make_policy(spec, topology, vcpus, granularity);
    check(made.has_value(), "the test names a policy that exists");
    return std::move(*made);
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
  std::unique_ptr<Dispatcher> dispatcher;
};

}  // namespace roost::kit
