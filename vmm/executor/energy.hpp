// The room: what pCPUs of a simulated run spent of energy, from what they did and for how long.
// Not here: how long they did it (simulated_world), what it takes (cost_model).
// Rules: each nanosecond that a pCPU runs somebody or decides takes power.busy; one that it polls power.poll; one of a
//   shallow or deep idle state power.shallow or power.deep. Kept for each pCPU, in whole microjoules; a run's energy is
//   their sum.
// Deviations from real hosts: power does not depend on what runs, on frequency, or on what a sibling or the package
//   does: a core is not kept awake by its other thread, nor a package by its last core.
#pragma once

#include <cstdint>

#include "vmm/executor/cost_model.hpp"
#include "vmm/executor/run_report.hpp"

namespace roost {

/// Rounded down.
std::uint64_t microjoules_of(const PcpuReport& pcpu, const CostModel& costs);

}  // namespace roost
