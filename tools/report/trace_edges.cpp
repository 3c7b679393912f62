#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/report/trace_view.hpp"

namespace roost {
namespace {

constexpr std::size_t kMostNamed = 8;

/// "a/0, a/1 and 3 others".
std::string names(const RecordedTrace& trace, const IdVector<PcpuId, VcpuId>& current) {
  std::vector<std::string> labels;
  std::size_t running = 0;
  for (const VcpuId vcpu : current)
    if (vcpu != kNoVcpu && ++running <= kMostNamed) labels.push_back(trace.vcpus[vcpu].label);
  if (running == 0) return "nobody";
  std::string text = fmt::format("{}", fmt::join(labels, ", "));
  if (running > kMostNamed) text += fmt::format(" and {} others", running - kMostNamed);
  return text;
}

}  // namespace

std::string edge_words(const RecordedTrace& trace) {
  if (trace.cut.empty()) return "";
  IdVector<PcpuId, VcpuId> first(trace.pcpus, kNoVcpu), last(trace.pcpus, kNoVcpu);
  const Time begin = trace.events.front().at, end = trace.events.back().at;
  for (const Event& event : trace.events) {
    if (event.kind != EventKind::Switch) continue;
    if (event.at == begin) first[event.pcpu] = event.vcpu;
    last[event.pcpu] = event.vcpu;
  }
  return fmt::format("This trace holds {}.\nWhere it begins ({:.6f} s), {} ran; what ran or waited before is not in "
                     "its first times. After its last event ({:.6f} s) {} ran on.\n",
                     trace.cut, static_cast<double>(nanoseconds(begin)) / 1e9, names(trace, first),
                     static_cast<double>(nanoseconds(end)) / 1e9, names(trace, last));
}

}  // namespace roost
