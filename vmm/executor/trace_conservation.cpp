#include "vmm/executor/trace_conservation.hpp"

#include <algorithm>

#include "vmm/executor/idle_while_waiting.hpp"

namespace roost {

namespace {

bool still_runnable(SwitchOut how) {
  return how == SwitchOut::Preempted || how == SwitchOut::SliceEnd || how == SwitchOut::Yielded;
}

}  // namespace

void derive_conservation(const TracedRun& run, RunReport& report) {
  IdleWhileWaiting meter(report.pcpus.size(), run.vcpus, run.began);
  IdVector<PcpuId, VcpuId> current(report.pcpus.size(), kNoVcpu);
  for (std::size_t v = 0; v < run.vcpus.size(); ++v) meter.waits(id_at<VcpuId>(v), run.began);
  for (const Event& event : run.events) {
    const Time at = std::clamp(event.at, run.began, run.ended);
    meter.settle(at);
    if (event.kind == EventKind::Wakeup) meter.waits(event.vcpu, at);
    if (event.kind != EventKind::Switch) continue;
    VcpuId& there = current[event.pcpu];
    if (there != kNoVcpu && still_runnable(static_cast<SwitchOut>(event.detail))) meter.waits(there, at);
    if (event.vcpu != kNoVcpu) meter.runs(event.vcpu, at);
    event.vcpu == kNoVcpu ? meter.idles(event.pcpu, at) : meter.works(event.pcpu, at);
    there = event.vcpu;
  }
  meter.close(run.ended);
  for (PcpuId p{0}; p < report.pcpus.end_id(); p = id_at<PcpuId>(index(p) + 1))
    report.pcpus[p].idle_while_waiting = meter.of(p);
  report.conservation = {.source = ConservationReport::Source::Trace, .idle_while_waiting = meter.sum(),
                         .lost = meter.lost()};
}

}  // namespace roost
