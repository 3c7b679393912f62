#include "tools/report/trace_flows.hpp"

#include <map>

namespace roost {

std::vector<std::uint32_t> kick_flows(std::span<const Event> events) {
  std::vector<std::uint32_t> flows(events.size());
  std::map<PcpuId, std::size_t> kicked;  // by what event
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    if (event.kind == EventKind::Kick && static_cast<KickHow>(event.detail) == KickHow::Reschedule)
      kicked[event.other] = i;
    if (event.kind != EventKind::Switch || event.vcpu == kNoVcpu) continue;
    const auto kick = kicked.find(event.pcpu);
    if (kick == kicked.end()) continue;
    flows[i] = flows[kick->second] = ++last;
    kicked.erase(kick);
  }
  return flows;
}

}  // namespace roost
