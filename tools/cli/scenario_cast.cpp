#include "tools/cli/scenario_cast.hpp"

#include <algorithm>

namespace roost {
namespace {

/// Switches a guest's machine off.
class StopGuest final : public Agenda {
 public:
  StopGuest(Machine& machine, Time at) : machine_(machine), at_(at) {}
  Time next() const override { return at_; }
  void act() override { at_ = kNever, machine_.stop(0); }

 private:
  Machine& machine_;
  Time at_;
};

VmSpec spec_of(const ScenarioVm& vm) {
  return {.name = vm.name, .guest = vm.guest, .vcpus = vm.vcpus, .memory = vm.memory, .weight = vm.weight,
          .args = vm.args, .firmware = {}, .affinity = {}};
}

}  // namespace

std::vector<std::string> console_names(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const ScenarioVm& vm : scenario.vms)
    if (!vm.guest.empty()) names.push_back(vm.name);
  return names;
}

ScenarioCast::ScenarioCast(const ScenarioPlan& plan, const CastWires& wires, std::uint64_t seed)
    : plan_(plan),
      wires_(wires),
      workload_(plan.scenario, plan.topology.all(), ScriptWires{.sink = wires.sink, .actors = wires.actors}, seed),
      machines_(plan.scenario.vms.size()),
      harts_(workload_.size(), nullptr) {}

std::optional<Error> ScenarioCast::assemble(Console& console, std::uint64_t seed) {
  std::size_t line = 0;
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    if (plan_.scenario.vms[i].guest.empty()) continue;
    if (auto error = add(id_at<VmId>(i), console, line++, seed)) return error;
  }
  return std::nullopt;
}

std::optional<Error> ScenarioCast::add(VmId id, Console& console, std::size_t line, std::uint64_t seed) {
  const ScenarioVm& vm = plan_.scenario.vms[index(id)];
  auto config = machine_config(spec_of(vm), seed);
  if (!config) return Error{vm.guest_at + ": " + config.error().sentence};
  config->clock = wires_.clock;
  config->wake_sink = wires_.sink;
  config->console_out = console.receiver(line);
  config->first_vcpu = workload_.first_of(id);
  VcpuId next = config->first_vcpu;
  auto machine = Machine::assemble(std::move(*config));
  if (!machine) return Error{vm.guest_at + ": " + machine.error().sentence};
  for (Vcpu* const hart : (*machine)->vcpus()) {
    harts_[next] = hart;
    next = id_at<VcpuId>(index(next) + 1);
  }
  if (vm.stops_at) workload_.add(std::make_unique<StopGuest>(**machine, Time{} + *vm.stops_at));
  machines_[id] = std::move(*machine);
  return std::nullopt;
}

void ScenarioCast::begin(Duration zero) {
  for (std::size_t i = 0; i < harts_.size(); ++i) {
    Vcpu*& hart = harts_[id_at<VcpuId>(i)];
    if (!hart) continue;
    const Duration starts_at = plan_.scenario.vms[index(workload_.role(id_at<VcpuId>(i)).traits.vm)].starts_at;
    if (starts_at > Duration{0}) hart = &late_.emplace_back(*hart, *wires_.clock, Time{} + zero + starts_at);
    if (wires_.actors) hart = &acting_.emplace_back(*hart, *wires_.actors);
  }
}

std::vector<TenantVm> ScenarioCast::vms() const {
  std::vector<TenantVm> vms;
  for (const ScenarioVm& vm : plan_.scenario.vms) {
    std::string what = vm.guest;
    for (const std::uint32_t script : vm.scripts)
      what += (what.empty() ? "" : ",") + plan_.scenario.scripts[script].name;
    vms.push_back({vm.name, what});
  }
  return vms;
}

Machine* ScenarioCast::only_machine() const {
  Machine* only = nullptr;
  for (const auto& machine : machines_) {
    if (machine && only) return nullptr;
    if (machine) only = machine.get();
  }
  return only;
}

bool ScenarioCast::has_guests() const {
  return std::ranges::any_of(machines_, [](const auto& machine) { return machine != nullptr; });
}

void ScenarioCast::fill(RunReport& report, RunEnd end) const {
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    VmReport& vm = report.vms[id_at<VmId>(i)];
    const Machine* const machine = machines_[id_at<VmId>(i)].get();
    vm.ended = machine ? machine->stopped() : end == RunEnd::AllStopped;
    if (machine) vm.exit_code = machine->exit_code();
  }
}

}  // namespace roost
