// The room: switches and wakeups of all pCPUs as Perfetto packets of compact_sched bundles.
// Not here: the rest of a trace.
// Invariants: a bundle's times only rise (they are written as differences); a CPU's first switch is idle -> idle.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/report/finished_run.hpp"
#include "tools/report/protobuf.hpp"

namespace roost {

class CompactSched {
 public:
  explicit CompactSched(const FinishedRun& run) : run_(run) {}

  /// A TracePacket, when the pCPU's bundle is full.
  std::optional<ProtoMessage> add_switch(const Event& event);
  std::optional<ProtoMessage> add_wakeup(const Event& event);
  /// What is left, pCPU by pCPU.
  std::vector<ProtoMessage> finish();

 private:
  struct Bundle {  // the columns of one compact_sched message
    std::vector<std::int64_t> switch_times, prev_states, next_tids, switch_priorities, switch_names;
    std::vector<std::int64_t> waking_times, waking_tids, waking_targets, waking_priorities, waking_names;
    std::vector<std::string> names;
    std::map<VcpuId, std::int64_t> name_indices;
    bool empty() const { return switch_times.empty() && waking_times.empty(); }
    bool full() const { return switch_times.size() + waking_times.size() >= 512; }
  };
  std::int64_t name_index(Bundle& bundle, VcpuId vcpu) const;
  void push_switch(Bundle& bundle, Time at, VcpuId next, std::int64_t prev_state) const;
  Bundle& bundle_of(PcpuId pcpu);
  std::optional<ProtoMessage> when_full(PcpuId pcpu);
  static ProtoMessage packet(PcpuId pcpu, const Bundle& bundle);

  const FinishedRun& run_;
  std::map<PcpuId, Bundle> bundles_;
};

}  // namespace roost
