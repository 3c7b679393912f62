// The room: a [[vm]]'s reservation and its period.
// Not here: whether the host has room for it (tools/cli, sched/gate/seats).
#pragma once

#include "vmm/workload/scenario.hpp"
#include "vmm/workload/toml_section.hpp"

namespace roost {

/// Also refuses one that lies above the VM's cap, which is read before.
void read_reservation(TomlSection& section, ScenarioVm& vm);

}  // namespace roost
