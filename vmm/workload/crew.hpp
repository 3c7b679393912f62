// The room: the vCPUs of one VM together: which objects their scripts mean, who is spare, when they are all done.
// Not here: what one vCPU does (scripted_vcpu).
// Invariants: a vCPU is active, spare or stopped; with the last active one gone all spares stop.
#pragma once

#include <mutex>
#include <span>
#include <vector>

#include "vmm/workload/scripted_vcpu.hpp"

namespace roost {

class Crew {
 public:
  Crew(const Scenario& scenario, std::vector<SharedObject*> objects)
      : scenario_(scenario), objects_(std::move(objects)) {}

  // ---- before the run ----
  void add(ScriptedVcpu& vcpu, bool spare);
  /// In the order of Scenario::targets; null: not meant for this VM's scripts.
  void set_targets(std::vector<SteppedVcpu*> targets) { targets_ = std::move(targets); }
  std::span<ScriptedVcpu* const> members() const { return members_; }

  // ---- any thread ----
  SharedObject& object(std::uint32_t index) const { return *objects_[index]; }
  void interrupt(std::uint32_t target) const { targets_[target]->post_interrupt(0, true); }
  /// False: no vCPU is spare.
  bool fork(std::uint32_t script);
  /// The end of a script. True: the vCPU is spare now and may be forked again; false: it stops.
  bool keep_as_spare(ScriptedVcpu& vcpu);
  void stop();

 private:
  const Scenario& scenario_;
  std::vector<SharedObject*> objects_;
  std::vector<SteppedVcpu*> targets_;
  std::vector<ScriptedVcpu*> members_;
  std::mutex mutex_;
  std::vector<ScriptedVcpu*> spares_;
  std::size_t active_ = 0;
  bool has_spares_ = false;
};

}  // namespace roost
