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
  return fmt::format("{} is to have {} of a pCPU for certain, and on none of those that it may use ({}) more than {} "
                     "is left beside other reservations; all reservations come to {}, all online pCPUs offer {}",
                     name, percent(why.asked), places(why.among), percent(why.room), percent(why.all_asked),
                     percent(why.all_offered));
}

std::optional<Error> check_reservations(const ScenarioPlan& plan) {
  const std::vector<ScenarioVm>& vms = plan.scenario.vms;
  for (const ScenarioVm& vm : vms)
    if (vm.reservation > 0 && plan.scenario.world == WorldKind::Live && plan.policy == kHostPolicy)
      return Error{vm.reservation_at + ": under policy host Linux schedules, and knows no reservations; name one of "
                                       "ours ('roost policies')"};
  const auto keeps_them = [&] { return plan.make(plan.policy, plan.scenario.seed).discipline->keeps_reservations(); };
  if (RunqueueMap(plan.topology, plan.granularity).shares() && !keeps_them())
    for (const ScenarioVm& vm : vms)
      if (vm.reservation > 0)
        return Error{fmt::format("{}: a reservation is kept on one pCPU and its runqueue, and here pCPUs share one by "
                                 "{}; leave runqueue at pcpu, or choose a policy that keeps them itself, edf or rtds",
                                 vm.reservation_at, name_of(plan.granularity))};
  const std::vector<VcpuTraits> vcpus = traits_of(plan.scenario, plan.topology.all());
  const auto refused = seats_for(plan.topology, vcpus).pack();
  if (!refused) return std::nullopt;
  const std::size_t vm = index(vcpus[index(refused->vcpu)].vm);
  std::size_t first = 0;
  while (index(vcpus[first].vm) != vm) ++first;
  return Error{fmt::format("{}: {}; reserve less, or give it more pCPUs", vms[vm].reservation_at,
                           seat_text(*refused, fmt::format("{}/{}", vms[vm].name, index(refused->vcpu) - first)))};
}

}  // namespace roost
