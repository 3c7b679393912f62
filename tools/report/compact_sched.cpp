#include "tools/report/compact_sched.hpp"

#include <utility>

#include "tools/report/perfetto_ids.hpp"
#include "tools/report/trace_names.hpp"

namespace roost {
namespace {

// Field numbers of perfetto.protos.
constexpr std::uint32_t kPacketFtrace = 1, kPacketSequence = 10;  // TracePacket
constexpr std::uint32_t kBundleCpu = 1, kBundleCompact = 4;       // FtraceEventBundle
constexpr std::int64_t kPriority = 120;                           // Linux's default; ours are weights

/// The state that Linux would show for a vCPU that has just left its pCPU: runnable, sleeping or dead.
std::int64_t state_after(SwitchOut why) {
  switch (why) {
    case SwitchOut::Blocked:
    case SwitchOut::Throttled: return 1;
    case SwitchOut::Finished: return 16;
    case SwitchOut::Idle:
    case SwitchOut::Preempted:
    case SwitchOut::SliceEnd:
    case SwitchOut::Yielded: break;
  }
  return 0;
}

/// Each time after the first as its distance from the one before.
std::vector<std::int64_t> differences(const std::vector<std::int64_t>& times) {
  std::vector<std::int64_t> out;
  std::int64_t last = 0;
  for (const std::int64_t time : times) out.push_back(time - std::exchange(last, time));
  return out;
}

}  // namespace

std::optional<ProtoMessage> CompactSched::add_switch(const Event& event) {
  push_switch(bundle_of(event.pcpu), event.at, event.vcpu, state_after(static_cast<SwitchOut>(event.detail)));
  return when_full(event.pcpu);
}

std::optional<ProtoMessage> CompactSched::add_wakeup(const Event& event) {
  // A waker that is no pCPU, or none of this trace, is shown at its target.
  const PcpuId by = event.other == kNoPcpu || !run_.traced.shows(event.other) ? event.pcpu : event.other;
  Bundle& bundle = bundle_of(by);
  bundle.waking_times.push_back(nanoseconds(event.at));
  bundle.waking_tids.push_back(thread_id(event.vcpu));
  bundle.waking_targets.push_back(static_cast<std::int64_t>(index(event.pcpu)));
  bundle.waking_priorities.push_back(kPriority);
  bundle.waking_names.push_back(name_index(bundle, event.vcpu));
  return when_full(by);
}

std::vector<ProtoMessage> CompactSched::finish() {
  std::vector<ProtoMessage> packets;
  for (const auto& [pcpu, bundle] : bundles_)
    if (!bundle.empty()) packets.push_back(packet(pcpu, bundle));
  bundles_.clear();
  return packets;
}

CompactSched::Bundle& CompactSched::bundle_of(PcpuId pcpu) {
  const auto [place, fresh] = bundles_.try_emplace(pcpu);
  if (fresh) push_switch(place->second, run_.events.front().at, kNoVcpu, 0);
  return place->second;
}

std::optional<ProtoMessage> CompactSched::when_full(PcpuId pcpu) {
  Bundle& bundle = bundles_[pcpu];
  if (!bundle.full()) return std::nullopt;
  return packet(pcpu, std::exchange(bundle, Bundle{}));
}

std::int64_t CompactSched::name_index(Bundle& bundle, VcpuId vcpu) const {
  const auto [place, fresh] = bundle.name_indices.try_emplace(vcpu, static_cast<std::int64_t>(bundle.names.size()));
  if (fresh) bundle.names.push_back(occupant_name(run_, vcpu));
  return place->second;
}

void CompactSched::push_switch(Bundle& bundle, Time at, VcpuId next, std::int64_t prev_state) const {
  bundle.switch_times.push_back(nanoseconds(at));
  bundle.prev_states.push_back(prev_state);
  bundle.next_tids.push_back(thread_id(next));
  bundle.switch_priorities.push_back(kPriority);
  bundle.switch_names.push_back(name_index(bundle, next));
}

ProtoMessage CompactSched::packet(PcpuId pcpu, const Bundle& bundle) {
  ProtoMessage compact;
  compact.packed(1, differences(bundle.switch_times)).packed(2, bundle.prev_states).packed(3, bundle.next_tids);
  compact.packed(4, bundle.switch_priorities);
  for (const std::string& name : bundle.names) compact.bytes(5, name);
  compact.packed(6, bundle.switch_names).packed(7, differences(bundle.waking_times)).packed(8, bundle.waking_tids);
  compact.packed(9, bundle.waking_targets).packed(10, bundle.waking_priorities).packed(11, bundle.waking_names);
  ProtoMessage ftrace;
  ftrace.integer(kBundleCpu, static_cast<std::int64_t>(index(pcpu))).message(kBundleCompact, compact);
  ProtoMessage out;
  out.integer(kPacketSequence, kSchedSequence).message(kPacketFtrace, ftrace);
  return out;
}

}  // namespace roost
