#include "vmm/workload/workload.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace roost {

namespace {

bool names_object(Phase::Kind kind) {
  switch (kind) {
    case Phase::Kind::Wait: case Phase::Kind::Signal: case Phase::Kind::Broadcast: case Phase::Kind::Lock:
    case Phase::Kind::Unlock: case Phase::Kind::Barrier: case Phase::Kind::Serve: case Phase::Kind::Served: return true;
    default: return false;
  }
}

/// A VM's reservation is split evenly over its vCPUs.
Reservation reservation_of(const ScenarioVm& vm) {
  if (vm.reservation == 0) return {};
  const std::int64_t parts = 100 * (std::int64_t{vm.vcpus} + vm.spare_vcpus);
  return {.budget = (vm.reservation_period * vm.reservation + Duration{parts - 1}) / parts,
          .period = vm.reservation_period};
}

/// The VM's vCPU `i`; `allowed`: where those without affinities of their own may run.
VcpuTraits traits_of(const Scenario& scenario, VmId id, std::uint32_t i, const PcpuSet& allowed) {
  const ScenarioVm& vm = scenario.vms[index(id)];
  const bool own_places = i < vm.affinities.size() && !vm.affinities[i].empty();
  return {.vm = id,
          .weight = i < vm.weights.size() ? vm.weights[i] : vm.weight,
          .allowed = own_places ? PcpuSet::of(vm.affinities[i]) : allowed,
          .reservation = reservation_of(vm)};
}

}  // namespace

std::uint32_t users_of(const Scenario& scenario, const ScenarioVm& vm, std::uint32_t object) {
  std::uint32_t users = 0;
  for (std::uint32_t i = 0; i < vm.vcpus && !vm.scripts.empty(); ++i)
    users += uses(scenario.scripts[vm.scripts[i % vm.scripts.size()]], object);
  return users;
}

bool uses(const Script& script, std::uint32_t object) {
  return std::ranges::any_of(script.phases, [object](const Phase& phase) {
    return names_object(phase.kind) && phase.object == object;
  });
}

std::set<std::uint32_t> scripts_of(const Scenario& scenario, const ScenarioVm& vm) {
  std::set<std::uint32_t> scripts;
  std::vector<std::uint32_t> next = vm.scripts;  // a chain of forks may be as long as the file
  while (!next.empty()) {
    const std::uint32_t script = next.back();
    next.pop_back();
    if (!scripts.insert(script).second) continue;
    for (const Phase& phase : scenario.scripts[script].phases)
      if (phase.kind == Phase::Kind::Fork) next.push_back(phase.object);
  }
  return scripts;
}

std::vector<VcpuTraits> traits_of(const Scenario& scenario, const PcpuSet& everywhere) {
  std::vector<VcpuTraits> traits;
  for (std::size_t v = 0; v < scenario.vms.size(); ++v) {
    const ScenarioVm& vm = scenario.vms[v];
    const PcpuSet allowed = vm.affinity.empty() ? everywhere : PcpuSet::of(vm.affinity);
    for (std::uint32_t i = 0; i < vm.vcpus + vm.spare_vcpus; ++i)
      traits.push_back(traits_of(scenario, id_at<VmId>(v), i, allowed));
  }
  return traits;
}

Workload::Workload(const Scenario& scenario, const PcpuSet& everywhere, const ScriptWires& wires, std::uint64_t seed)
    : scenario_(scenario), wires_(wires), shared_(scenario.objects.size(), nullptr) {
  const auto vms = static_cast<std::uint32_t>(scenario.vms.size());
  for (std::uint32_t vm = 0; vm < vms; ++vm) add_vm(vm, everywhere, seed);
  for (std::uint32_t vm = 0; vm < vms; ++vm) set_targets(vm);
  for (const ArrivalSpec& spec : scenario.arrivals)
    if (SharedObject* const queue = shared_[spec.queue])
      agenda_.push_back(std::make_unique<Arrivals>(spec, *queue, seed, agenda_.size()));
}

void Workload::add_vm(std::uint32_t number, const PcpuSet& everywhere, std::uint64_t seed) {
  const ScenarioVm& vm = scenario_.vms[number];
  const std::size_t size = vm.vcpus + vm.spare_vcpus;
  vms_.push_back({.first = id_at<VcpuId>(size_), .allowed = vm.affinity.empty() ? everywhere : PcpuSet::of(vm.affinity),
                  .first_crew = crews_.size(), .first_lives = lives_.size()});
  for (const Life& life : vm.lives) add_life(number, life, seed);
  size_ += size;
  for (std::size_t i = 0; i < size && vm.lives.size() > 1 && !vm.scripts.empty(); ++i) {
    std::vector<ScriptedVcpu*> lives;
    for (std::size_t life = 0; life < vm.lives.size(); ++life)
      lives.push_back(crews_[vms_[VmId{number}].first_crew + life].members()[i]);
    lives_.push_back(std::make_unique<Lives>(std::move(lives)));
  }
}

/// The VM from one start to its stop: it begins from the beginning each time, with objects of its own.
void Workload::add_life(std::uint32_t number, const Life& life, std::uint64_t seed) {
  const ScenarioVm& vm = scenario_.vms[number];
  Crew& crew = crews_.emplace_back(scenario_, objects_of(number));
  for (std::uint32_t i = 0; i < vm.vcpus + vm.spare_vcpus && !vm.scripts.empty(); ++i) {
    const bool spare = i >= vm.vcpus;
    const Script* const script = spare ? nullptr : &scenario_.scripts[vm.scripts[i % vm.scripts.size()]];
    crew.add(vcpus_.emplace_back(ScriptedVcpu::Identity{.id = id_at<VcpuId>(size_ + i), .seed = seed, .script = script,
                                                        .starts_at = Time{} + life.starts_at},
                                 crew, wires_),
             spare);
  }
  if (life.stops_at && !vm.scripts.empty())
    agenda_.push_back(std::make_unique<StopVm>(crew, Time{} + *life.stops_at));
}

SteppedVcpu* Workload::runs(std::uint32_t vm, std::uint32_t number) const {
  const VmPlace& place = vms_[VmId{vm}];
  if (scenario_.vms[vm].lives.size() > 1) return lives_[place.first_lives + number].get();
  return crews_[place.first_crew].members()[number];
}

Workload::Role Workload::role(std::uint32_t number_of_vm, std::uint32_t i) const {
  const bool scripted = !scenario_.vms[number_of_vm].scripts.empty();
  const VmId vm{number_of_vm};
  return {.vcpu = scripted ? crews_[vms_[vm].first_crew].members()[i] : nullptr,
          .runs = scripted ? runs(number_of_vm, i) : nullptr,
          .traits = traits_of(scenario_, vm, i, vms_[vm].allowed),
          .number = i};
}

Workload::Role Workload::role(VcpuId vcpu) const {
  check(index(vcpu) < size_, "a role is one of the workload's");
  const auto after = std::ranges::upper_bound(vms_, vcpu, {}, &VmPlace::first);
  const auto vm = static_cast<std::uint32_t>(after - vms_.begin() - 1);
  return role(vm, static_cast<std::uint32_t>(index(vcpu) - index(vms_[VmId{vm}].first)));
}

std::vector<Workload::Role> Workload::roles() const {
  std::vector<Role> roles;
  for (std::uint32_t vm = 0; vm < scenario_.vms.size(); ++vm)
    for (std::uint32_t i = 0; i < scenario_.vms[vm].vcpus + scenario_.vms[vm].spare_vcpus; ++i)
      roles.push_back(role(vm, i));
  return roles;
}

/// The VM's own objects are made here, the shared ones by the first VM that uses them.
std::vector<SharedObject*> Workload::objects_of(std::uint32_t vm) {
  std::vector<SharedObject*> objects(scenario_.objects.size(), nullptr);
  std::set<std::uint32_t> used;
  for (const std::uint32_t script : scripts_of(scenario_, scenario_.vms[vm]))
    for (const Phase& phase : scenario_.scripts[script].phases) {
      if (names_object(phase.kind)) used.insert(phase.object);
      if (phase.also != Phase::kNone) used.insert(phase.also);
    }
  for (const std::uint32_t i : used) {
    const ObjectSpec& spec = scenario_.objects[i];
    if (!spec.shared || shared_[i] == nullptr) {
      objects[i] = &objects_.emplace_back(spec, spec.kind == ObjectSpec::Kind::Barrier ? parties_of(i, vm) : 0);
      in_use_.push_back({vm, objects[i]});
    }
    if (spec.shared) objects[i] = shared_[i] = shared_[i] == nullptr ? objects[i] : shared_[i];
  }
  return objects;
}

std::uint32_t Workload::parties_of(std::uint32_t object, std::uint32_t own) const {
  const ObjectSpec& spec = scenario_.objects[object];
  if (spec.parties > 0) return spec.parties;
  std::uint32_t parties = 0;
  for (std::uint32_t vm = 0; vm < scenario_.vms.size(); ++vm)
    if (vm == own || spec.shared) parties += users_of(scenario_, scenario_.vms[vm], object);
  return parties;
}

void Workload::set_targets(std::uint32_t vm) {
  std::vector<SteppedVcpu*> targets;
  for (const std::string& name : scenario_.targets) {
    const auto place = find_target(scenario_, vm, name);
    targets.push_back(place ? runs(static_cast<std::uint32_t>(place->vm), place->number) : nullptr);
  }
  for (std::size_t life = 0; life < scenario_.vms[vm].lives.size(); ++life)
    crews_[vms_[VmId{vm}].first_crew + life].set_targets(targets);
}

std::optional<TargetPlace> find_target(const Scenario& scenario, std::size_t own, std::string_view name) {
  const std::size_t slash = name.rfind('/');
  const std::string_view digits = slash == name.npos ? name : name.substr(slash + 1);
  TargetPlace place{own, 0};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), place.number);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (slash != name.npos) {
    place.vm = 0;
    while (place.vm < scenario.vms.size() && scenario.vms[place.vm].name != name.substr(0, slash)) ++place.vm;
  }
  if (place.vm >= scenario.vms.size()) return std::nullopt;
  const ScenarioVm& vm = scenario.vms[place.vm];
  if (vm.scripts.empty() || place.number >= vm.vcpus + vm.spare_vcpus) return std::nullopt;
  return place;
}

}  // namespace roost
