#include "tools/cli/pool_plan.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sched/policy/spec.hpp"
#include "tools/cli/run_options.hpp"

namespace roost {
namespace {

Result<PlannedPool> plan_pool(const PoolSpec& pool, const Catalog& catalog) {
  const auto spec = parse_policy_spec(pool.policy->text, catalog);
  if (!spec) return Error{pool.policy->where + ": " + spec.error().sentence};
  PlannedPool planned{.name = pool.name, .policy = pool.policy->text, .pcpus = PcpuSet::of(pool.pcpus),
                      .granularity = spec->granularity};
  if (!pool.runqueue) return planned;
  const auto granularity = parse_granularity(pool.runqueue->text);
  if (!granularity) return Error{pool.runqueue->where + ": " + granularity.error().sentence};
  planned.granularity = *granularity;
  return planned;
}

}  // namespace

Result<std::vector<PlannedPool>> plan_pools(const Scenario& scenario, const Catalog& catalog, bool by_host) {
  std::vector<PlannedPool> planned;
  for (const PoolSpec& pool : scenario.pools) {
    if (!pool.policy) {
      if (pool.runqueue) return Error{pool.runqueue->where + ": it goes with a policy of the pool's own; write one"};
      continue;
    }
    if (by_host)
      return Error{pool.policy->where + ": under policy host Linux schedules, and knows no pools with policies; name "
                                        "one of ours ('roost policies')"};
    if (pool.policy->text == kHostPolicy)
      return Error{pool.policy->where + ": Linux schedules all or nothing; name one of ours ('roost policies')"};
    auto of = plan_pool(pool, catalog);
    if (!of) return of.error();
    for (const PlannedPool& other : planned)
      if (const PcpuSet both = other.pcpus & of->pcpus; !both.empty())
        return Error{fmt::format("{}: pCPU {} lies in pool '{}' too, and each has a policy of its own; give it to one",
                                 pool.where, index(both.first_member()), other.name)};
    planned.push_back(std::move(*of));
  }
  return planned;
}

Pools pools_of(const std::vector<PlannedPool>& planned, std::size_t pcpus) {
  Pools pools(pcpus);
  for (const PlannedPool& of : planned) pools.add(of.pcpus);
  return pools;
}

std::optional<Error> check_in_one(const std::vector<std::uint32_t>& pcpus, const Pools& pools,
                                  const std::string& where) {
  if (pools.lie_in_one(PcpuSet::of(pcpus))) return std::nullopt;
  return Error{where + ": these pCPUs lie in several pools that have policies of their own, or beside one, and nobody "
                       "may run in two; leave those of one"};
}

std::optional<Error> house_vms(Scenario& scenario, const Pools& pools) {
  if (!pools.any()) return std::nullopt;
  std::vector<std::uint32_t> rest;
  pools.members(kRestOfPcpus).for_each([&](PcpuId pcpu) { rest.push_back(static_cast<std::uint32_t>(pcpu)); });
  for (ScenarioVm& vm : scenario.vms) {
    if (vm.affinity.empty() && rest.empty())
      return Error{fmt::format("{}: every pCPU lies in a pool with a policy of its own; say pool = \"...\" of VM '{}'",
                               vm.place("affinity"), vm.name)};
    if (vm.affinity.empty()) vm.affinity = rest;
    if (auto error = check_in_one(vm.affinity, pools, vm.place("affinity"))) return error;
    for (const auto& of_vcpu : vm.affinities)
      if (auto error = check_in_one(of_vcpu, pools, vm.place("affinity"))) return error;
  }
  return std::nullopt;
}

Result<PoolId> pool_named(const std::string& name, const std::vector<PlannedPool>& pools, const std::string& where) {
  if (name.empty()) return kRestOfPcpus;
  const auto found = std::ranges::find(pools, name, &PlannedPool::name);
  if (found == pools.end())
    return Error{fmt::format("{}: pool '{}' has no policy of its own that could change; write one in [pool.{}]", where,
                             name, name)};
  return id_at<PoolId>(static_cast<std::size_t>(found - pools.begin()) + 1);
}

}  // namespace roost
