// The room: what things of a run are called in a trace, whatever its format.
#pragma once

#include <string>

#include "tools/report/finished_run.hpp"

namespace roost {

/// "pulled 0 -> 1 (llc)".
std::string migration_name(const FinishedRun& run, const Event& migrate);
/// "kick pCPU 1".
std::string kick_name(const Event& kick);
/// "a/0", or "idle".
std::string occupant_name(const FinishedRun& run, VcpuId vcpu);
/// The first vCPU of the same VM: it stands for the VM where a trace wants a process id.
VcpuId first_of_vm(const RunReport& report, VcpuId vcpu);

}  // namespace roost
