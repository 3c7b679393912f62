#include "vmm/workload/phase.hpp"

#include <algorithm>

#include "sched/vocabulary/check.hpp"

namespace roost {

void ScriptWriter::add(Phase phase) {
  if (phase.kind == Phase::Kind::Timer || phase.kind == Phase::Kind::TimerFromStart) {
    if (phase.object == Phase::kNone) phase.object = script_.timers;
    script_.timers = std::max(script_.timers, phase.object + 1);
  }
  script_.phases.push_back(phase);
}

void ScriptWriter::begin_repeat(std::uint64_t times) {
  open_.push_back(script_.phases.size());
  script_.depth = std::max(script_.depth, depth());
  add({.kind = Phase::Kind::Repeat, .times = times});
}

void ScriptWriter::end_repeat() {
  check(!open_.empty(), "a repeat that ends has begun");
  const std::size_t begin = open_.back();
  open_.pop_back();
  add({.kind = Phase::Kind::Again, .place = static_cast<std::uint32_t>(begin + 1)});
  script_.phases[begin].place = static_cast<std::uint32_t>(script_.phases.size());
}

}  // namespace roost
