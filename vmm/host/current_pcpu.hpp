// The room: which pCPU the calling thread is, if it is one. Set once, when the thread starts.
#pragma once

#include "sched/vocabulary/ids.hpp"

namespace roost::host {

void set_current_pcpu(PcpuId pcpu);
PcpuId current_pcpu();  // kNoPcpu: no pCPU's thread

}  // namespace roost::host
