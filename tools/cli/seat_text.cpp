#include "tools/cli/seat_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sched/policy/reserve.hpp"
#include "vmm/workload/workload.hpp"

namespace roost {
namespace {

constexpr std::size_t kMostNamed = 16;

std::string percent(Share share) {
  return fmt::format("{:.4g}%", 100 * static_cast<double>(share) / static_cast<double>(kFullShare));
}

std::string places(const std::vector<PcpuId>& pcpus) {
  if (pcpus.size() > kMostNamed) return fmt::format("{} pCPUs", pcpus.size());
  std::vector<std::size_t> ids;
  for (const PcpuId pcpu : pcpus) ids.push_back(index(pcpu));
  return fmt::format("{} {}", ids.size() == 1 ? "pCPU" : "pCPUs", fmt::join(ids, ","));
}

}  // namespace

std::string seat_text(const NoSeat& why, const std::string& name) {
  if (why.roomiest == kNoPcpu && !why.among.empty())
    return fmt::format("{} is to have {} of a pCPU for certain, and may use only some pCPUs of each runqueue ({}): a "
                       "reservation is kept where a vCPU may use all of them; give it whole ones, or each pCPU its own "
                       "(--runqueue pcpu)",
                       name, percent(why.asked), places(why.among));
  const std::string rule =
      why.sharing < 2 ? std::string()
                      : fmt::format(" ({} pCPUs that share a runqueue keep what comes to 95% of each together, less {} "
                                    "times the greatest share among them)",
                                    why.sharing, why.sharing - 1);
  return fmt::format("{} is to have {} of a pCPU for certain, and on none of those that it may use ({}) more than {} "
                     "is left beside other reservations{}; all reservations{} come to {}, all online pCPUs{} offer {}",
                     name, percent(why.asked), places(why.among), percent(why.room), rule,
                     why.in_pool ? " in its pool" : "", percent(why.all_asked), why.in_pool ? " there" : "",
                     percent(why.all_offered));
}

std::optional<Error> check_reservations(const ScenarioPlan& plan) {
  const std::vector<ScenarioVm>& vms = plan.scenario.vms;
  for (const ScenarioVm& vm : vms)
    if (vm.reservation > 0 && plan.scenario.world == WorldKind::Live && plan.policy == kHostPolicy)
      return Error{vm.place("reservation") + ": under policy host Linux schedules, and knows no reservations; "
                                             "name one of ours ('roost policies')"};
  const std::vector<VcpuTraits> vcpus = traits_of(plan.scenario, plan.topology.all());
  const Pools pools = pools_of(plan.pools, plan.topology.pcpu_count());
  const auto refused = seats_for(plan.topology, plan.runqueues(), pools, vcpus).pack();
  if (!refused) return std::nullopt;
  const std::size_t vm = index(vcpus[index(refused->vcpu)].vm);
  std::size_t first = 0;
  while (index(vcpus[first].vm) != vm) ++first;
  return Error{fmt::format("{}: {}; reserve less, or give it more pCPUs", vms[vm].place("reservation"),
                           seat_text(*refused, fmt::format("{}/{}", vms[vm].name, index(refused->vcpu) - first)))};
}

}  // namespace roost
