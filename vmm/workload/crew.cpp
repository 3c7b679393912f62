#include "vmm/workload/crew.hpp"

namespace roost {

void Crew::add(ScriptedVcpu& vcpu, bool spare) {
  members_.push_back(&vcpu);
  if (spare)
    spares_.insert(spares_.begin(), &vcpu), has_spares_ = true;  // taken from the back: the lowest first
  else
    ++active_;
}

bool Crew::fork(std::uint32_t script) {
  ScriptedVcpu* child = nullptr;
  {
    const std::lock_guard hold(mutex_);
    if (spares_.empty()) return false;
    child = spares_.back();
    spares_.pop_back();
    ++active_;
  }
  child->assign(scenario_.scripts[script]);
  return true;
}

bool Crew::keep_as_spare(ScriptedVcpu& vcpu) {
  std::vector<ScriptedVcpu*> done;
  {
    const std::lock_guard hold(mutex_);
    if (--active_ > 0) {
      if (has_spares_) spares_.push_back(&vcpu);
      return has_spares_;
    }
    done.swap(spares_);
  }
  for (ScriptedVcpu* const spare : done) spare->stop();
  return false;
}

void Crew::stop() {
  // All leave the lines before one of them can let go of something: it is for another VM.
  for (ScriptedVcpu* const member : members_) member->dismiss();
  for (SharedObject* const object : objects_)
    if (object != nullptr) object->dismiss();
  for (ScriptedVcpu* const member : members_) member->stop();
}

}  // namespace roost
