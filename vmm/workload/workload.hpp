// The room: a scenario brought to life: its vCPUs, what they share, and what comes from outside.
// Not here: worlds. A simulated one runs scripted vCPUs as they are, a live one through LiveScript. Guests: their vCPUs
//   have a role here, so that ids are dense, and whoever assembles machines puts the harts there.
// Invariants: role i has VcpuId i; VMs lie one after the other, their spares last.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"
#include "vmm/workload/agenda.hpp"
#include "vmm/workload/lives.hpp"

namespace roost {

class Workload {
 public:
  /// `scenario` and what is at the `wires` outlive it. `everywhere`: the pCPUs of those without affinity.
  /// The actors count its vCPUs, but not its agenda.
  Workload(const Scenario& scenario, const PcpuSet& everywhere, const ScriptWires& wires, std::uint64_t seed);

  struct Role {
    ScriptedVcpu* vcpu = nullptr;  // in the first life of its VM; null: a guest's
    SteppedVcpu* runs = nullptr;   // in all of them: what a world steps
    VcpuTraits traits;
    std::uint32_t number = 0;  // within its VM
  };
  std::size_t size() const { return size_; }
  Role role(VcpuId vcpu) const;
  /// All, by id: made for the caller, since a run needs them once.
  std::vector<Role> roles() const;
  VcpuId first_of(VmId vm) const { return vms_[vm].first; }
  /// Of the scripted `role`, in that life of its VM.
  const ScriptedVcpu& in_life(const Role& role, std::size_t life) const {
    return *crews_[vms_[role.traits.vm].first_crew + life].members()[role.number];
  }
  std::span<const std::unique_ptr<Agenda>> agenda() const { return agenda_; }
  void add(std::unique_ptr<Agenda> more) { agenda_.push_back(std::move(more)); }

  // ---- after the run ----
  struct ObjectInUse {
    std::uint32_t vm;  // the first that uses it; one that has several lives has an object in each
    const SharedObject* object;
  };
  std::span<const ObjectInUse> objects() const { return in_use_; }

 private:
  struct VmPlace {
    VcpuId first{};
    PcpuSet allowed;  // of those without affinities of their own
    std::size_t first_crew = 0;   // one for each life
    std::size_t first_lives = 0;  // of its vCPUs, if it has several lives
  };
  SteppedVcpu* runs(std::uint32_t vm, std::uint32_t number) const;
  Role role(std::uint32_t vm, std::uint32_t number) const;
  void add_vm(std::uint32_t vm, const PcpuSet& everywhere, std::uint64_t seed);
  void add_life(std::uint32_t vm, const Life& life, std::uint64_t seed);
  std::vector<SharedObject*> objects_of(std::uint32_t vm);
  std::uint32_t parties_of(std::uint32_t object, std::uint32_t vm) const;
  void set_targets(std::uint32_t vm);

  const Scenario& scenario_;
  ScriptWires wires_;
  std::deque<SharedObject> objects_;
  std::vector<SharedObject*> shared_;  // by index of the scenario's objects; null: not made yet
  std::vector<ObjectInUse> in_use_;
  std::deque<Crew> crews_;
  std::deque<ScriptedVcpu> vcpus_;
  std::vector<std::unique_ptr<Lives>> lives_;
  IdVector<VmId, VmPlace> vms_;
  std::size_t size_ = 0;  // vCPUs
  std::vector<std::unique_ptr<Agenda>> agenda_;
};

/// The scripts that vCPUs of `vm` may come to run: its own, and what these fork.
std::set<std::uint32_t> scripts_of(const Scenario& scenario, const ScenarioVm& vm);
/// Does a phase of it name the object?
bool uses(const Script& script, std::uint32_t object);
/// How many vCPUs of `vm` begin with a script that does, spare ones aside.
std::uint32_t users_of(const Scenario& scenario, const ScenarioVm& vm, std::uint32_t object);
/// What the scenario says of its vCPUs, in their order. `everywhere`: the pCPUs of those without affinity.
std::vector<VcpuTraits> traits_of(const Scenario& scenario, const PcpuSet& everywhere);

/// The vCPU of `vms` that "2" (in VM `own`) or "web/2" means, or nothing.
struct TargetPlace {
  std::size_t vm;
  std::uint32_t number;
};
std::optional<TargetPlace> find_target(const Scenario& scenario, std::size_t own, std::string_view name);

}  // namespace roost
