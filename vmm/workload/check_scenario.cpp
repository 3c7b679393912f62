// What only the whole scenario can tell.

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "vmm/workload/scenario_reader.hpp"
#include "vmm/workload/workload.hpp"

namespace roost {

namespace {

Error fault(std::string_view where, std::string_view sentence) { return {fmt::format("{}: {}", where, sentence)}; }

std::optional<Error> check_targets(const Scenario& scenario) {
  for (std::size_t vm = 0; vm < scenario.vms.size(); ++vm)
    for (const std::uint32_t script : scenario.vms[vm].scripts)
      for (const Phase& phase : scenario.scripts[script].phases) {
        if (phase.kind != Phase::Kind::Ipi || find_target(scenario, vm, scenario.targets[phase.object])) continue;
        return fault(scenario.scripts[script].where,
                     fmt::format("ipi names '{}', and VM '{}' finds no scripted vCPU of that name; write \"1\" for one "
                                 "of its own or \"VM/1\"", scenario.targets[phase.object], scenario.vms[vm].name));
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
      return fault(arrivals.where,
                   fmt::format("no script serves the queue '{0}'; write {{ serve = \"{0}\", do = [...] }}",
                               scenario.objects[arrivals.queue].name));
  }
  return std::nullopt;
}

/// Is there a phase that `is` in a script of `vm`, or of any VM if they share `object`?
template <typename Is>
bool somebody_does(const Scenario& scenario, const ScenarioVm& vm, const ObjectSpec& object, Is is) {
  for (const ScenarioVm& other : scenario.vms) {
    if (!object.shared && &other != &vm) continue;
    for (const std::uint32_t script : scripts_of(scenario, other))
      if (std::ranges::any_of(scenario.scripts[script].phases, is)) return true;
  }
  return false;
}

std::string nobody_signals(const Scenario& scenario, const ScenarioVm& vm, const std::string& event) {
  if (!scenario.rtapp)
    return fmt::format("it waits for '{0}', which no script that could reach it signals (VM '{1}'); write "
                       "{{ signal = \"{0}\" }} in one, or [event.{0}] shared = true", event, vm.name);
  if (event.starts_with(kSuspension))
    return fmt::format("it suspends itself as '{0}', and no task resumes that; write \"resume\": \"{0}\" in another",
                       event.substr(kSuspension.size()));
  return fmt::format("it waits for '{0}', which no task signals; write \"signal\": \"{0}\" in another", event);
}

std::optional<Error> check_phases(const Scenario& scenario, const ScenarioVm& vm, const Script& script) {
  const auto wrong = [&](std::string_view sentence) { return fault(script.where, sentence); };
  std::set<std::uint32_t> held;
  for (const Phase& phase : script.phases) {
    const auto name = [&] { return scenario.objects[phase.object].name; };
    switch (phase.kind) {
      case Phase::Kind::Fork:
        if (vm.spare_vcpus == 0)
          return wrong(fmt::format("it forks, and VM '{}' has no vCPU for that; give the VM spare_vcpus", vm.name));
        break;
      case Phase::Kind::Wait:
        if (!somebody_does(scenario, vm, scenario.objects[phase.object], [&](const Phase& other) {
              const bool signals = other.kind == Phase::Kind::Signal || other.kind == Phase::Kind::Broadcast;
              return signals && other.object == phase.object;
            }))
          return wrong(nobody_signals(scenario, vm, name()));
        held.erase(phase.also);
        break;
      case Phase::Kind::Serve:
        if (std::ranges::find(scenario.arrivals, phase.object, &ArrivalSpec::queue) == scenario.arrivals.end())
          return wrong(fmt::format("it serves the queue '{0}', and no jobs ever come to it; write [[arrivals]] with "
                                   "queue = \"{0}\"", name()));
        break;
      case Phase::Kind::Lock:
        if (!held.insert(phase.object).second)
          return wrong(fmt::format("it takes the lock '{}' a second time and would wait for itself; unlock it before",
                                   name()));
        break;
      case Phase::Kind::Unlock:
        if (held.erase(phase.object) == 0)
          return wrong(fmt::format("it unlocks '{}', which it does not hold; write {} before", name(),
                                   scenario.rtapp ? fmt::format("\"lock\": \"{}\"", name())
                                                  : fmt::format("{{ lock = \"{}\" }}", name())));
        break;
      default: break;
    }
  }
  return std::nullopt;
}

/// vCPUs of `vm` that may come to the barrier: those whose scripts name it, and the spare ones if a forked script does.
std::uint64_t comers(const Scenario& scenario, const ScenarioVm& vm, std::uint32_t barrier) {
  const auto names_it = [&](std::uint32_t script) { return uses(scenario.scripts[script], barrier); };
  const bool forked_ones_come = std::ranges::any_of(scripts_of(scenario, vm), names_it);
  return std::uint64_t{users_of(scenario, vm, barrier)} + (forked_ones_come ? vm.spare_vcpus : 0);
}

std::optional<Error> check_barriers(const Scenario& scenario) {
  for (std::uint32_t i = 0; i < scenario.objects.size(); ++i) {
    const ObjectSpec& barrier = scenario.objects[i];
    if (barrier.kind != ObjectSpec::Kind::Barrier || barrier.parties == 0) continue;
    std::uint64_t together = 0;
    for (const ScenarioVm& vm : scenario.vms) {
      const std::uint64_t here = comers(scenario, vm, i);
      together += here;
      if (!barrier.shared && here > 0 && here < barrier.parties)
        return fault(barrier.where,
                     fmt::format("it waits for {} parties, and only {} of VM '{}' ever come; write fewer, or leave "
                                 "parties out", barrier.parties, here, vm.name));
    }
    if (barrier.shared && together > 0 && together < barrier.parties)
      return fault(barrier.where,
                   fmt::format("it waits for {} parties, and only {} vCPUs ever come; write fewer, or leave parties "
                               "out", barrier.parties, together));
  }
  return std::nullopt;
}

std::optional<Error> check_scripts(const Scenario& scenario) {
  for (const ScenarioVm& vm : scenario.vms)
    for (const std::uint32_t script : scripts_of(scenario, vm))
      if (auto error = check_phases(scenario, vm, scenario.scripts[script])) return error;
  return check_barriers(scenario);
}

}  // namespace

std::optional<Error> check_scenario(const Scenario& scenario) {
  if (auto error = check_targets(scenario)) return error;
  if (auto error = check_scripts(scenario)) return error;
  return check_arrivals(scenario);
}

}  // namespace roost
