// What only the whole scenario can tell.

#include <set>

#include <fmt/format.h>

#include "vmm/workload/scenario_reader.hpp"
#include "vmm/workload/workload.hpp"

namespace roost {

namespace {

Error fault(const Scenario& scenario, std::string_view where, std::string_view sentence) {
  return {fmt::format("{}: {}: {}", scenario.file, where, sentence)};
}

std::optional<Error> check_targets(const Scenario& scenario) {
  for (std::size_t vm = 0; vm < scenario.vms.size(); ++vm)
    for (const std::uint32_t script : scenario.vms[vm].scripts)
      for (const Phase& phase : scenario.scripts[script].phases) {
        if (phase.kind != Phase::Kind::Ipi || find_target(scenario, vm, scenario.targets[phase.object])) continue;
        return fault(scenario, "script." + scenario.scripts[script].name,
                     fmt::format("ipi names '{}', and VM '{}' finds no scripted vCPU of that name; write \"1\" for one "
                                 "of its own or \"VM/1\"", scenario.targets[phase.object], scenario.vms[vm].name));
      }
  return std::nullopt;
}

std::optional<Error> check_vms(const Scenario& scenario) {
  std::set<std::string> names;
  for (const ScenarioVm& vm : scenario.vms) {
    if (!names.insert(vm.name).second) return fault(scenario, "vm", fmt::format("two VMs are named '{}'", vm.name));
    if (vm.stops_at && *vm.stops_at <= vm.starts_at)
      return fault(scenario, "vm " + vm.name, "it stops before it starts");
  }
  return std::nullopt;
}

std::optional<Error> check_arrivals(const Scenario& scenario) {
  for (const ArrivalSpec& arrivals : scenario.arrivals) {
    bool served = false;
    for (const Script& script : scenario.scripts)
      for (const Phase& phase : script.phases)
        served = served || (phase.kind == Phase::Kind::Serve && phase.object == arrivals.queue);
    if (!served)
      return fault(scenario, "arrivals",
                   fmt::format("no script serves the queue '{0}'; write {{ serve = \"{0}\", do = [...] }}",
                               scenario.objects[arrivals.queue].name));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> check_scenario(const Scenario& scenario) {
  if (auto error = check_vms(scenario)) return error;
  if (auto error = check_targets(scenario)) return error;
  return check_arrivals(scenario);
}

}  // namespace roost
