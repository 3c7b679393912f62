#include "vmm/host/current_pcpu.hpp"

namespace roost::host {

namespace {
thread_local PcpuId this_pcpu = kNoPcpu;  // the one thing that a wakeup cannot be told by its caller
}

void set_current_pcpu(PcpuId pcpu) { this_pcpu = pcpu; }
PcpuId current_pcpu() { return this_pcpu; }

}  // namespace roost::host
