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
    for (const Life& life : plan_.scenario.vms[i].lives)
      if (auto error = add(id_at<VmId>(i), life, {console, line, seed})) return error;
    ++line;
  }
  return std::nullopt;
}

/// A machine for one life of the VM.
std::optional<Error> ScenarioCast::add(VmId id, const Life& life, const Making& how) {
  const ScenarioVm& vm = plan_.scenario.vms[index(id)];
  auto config = machine_config(spec_of(vm), how.seed);
  if (!config) return Error{vm.place("guest") + ": " + config.error().sentence};
  config->clock = wires_.clock;
  config->wake_sink = wires_.sink;
  config->console_out = how.console.receiver(how.line);
  config->first_vcpu = workload_.first_of(id);
  auto machine = Machine::assemble(std::move(*config));
  if (!machine) return Error{vm.place("guest") + ": " + machine.error().sentence};
  if (life.stops_at) workload_.add(std::make_unique<StopGuest>(**machine, Time{} + *life.stops_at));
  machines_[id].push_back(std::move(*machine));
  return std::nullopt;
}

void ScenarioCast::begin(Duration zero) {
  for (std::size_t vm = 0; vm < machines_.size(); ++vm) {
    const auto& machines = machines_[id_at<VmId>(vm)];
    const std::vector<Life>& lives = plan_.scenario.vms[vm].lives;
    for (std::size_t i = 0; !machines.empty() && i < machines.front()->vcpus().size(); ++i) {
      std::vector<LateVcpu::Life> of_hart;
      for (std::size_t life = 0; life < lives.size(); ++life)
        of_hart.push_back({machines[life]->vcpus()[i], Time{} + zero + lives[life].starts_at});
      Vcpu* hart = of_hart.front().hart;
      if (lives.size() > 1 || lives.front().starts_at > Duration{0})
        hart = &late_.emplace_back(std::move(of_hart), *wires_.clock);
      if (wires_.actors) hart = &acting_.emplace_back(*hart, *wires_.actors);
      harts_[id_at<VcpuId>(index(workload_.first_of(id_at<VmId>(vm))) + i)] = hart;
    }
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
  const std::vector<std::unique_ptr<Machine>>* only = nullptr;
  for (const auto& machines : machines_) {
    if (machines.empty()) continue;
    if (only) return nullptr;
    only = &machines;
  }
  if (!only) return nullptr;
  for (const auto& machine : *only)
    if (!machine->stopped()) return machine.get();
  return only->back().get();
}

bool ScenarioCast::has_guests() const {
  return std::ranges::any_of(machines_, [](const auto& machines) { return !machines.empty(); });
}

void ScenarioCast::fill(RunReport& report, RunEnd end) const {
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    VmReport& vm = report.vms[id_at<VmId>(i)];
    const Machine* last = nullptr;  // that has been switched on
    for (std::size_t life = 0; life < machines_[id_at<VmId>(i)].size(); ++life)
      if (life == 0 || plan_.scenario.vms[i].lives[life].starts_at <= report.wall)
        last = machines_[id_at<VmId>(i)][life].get();
    vm.ended = last ? last->stopped() : end == RunEnd::AllStopped;
    if (last) vm.exit_code = last->exit_code();
  }
}

}  // namespace roost
