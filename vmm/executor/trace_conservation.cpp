#include "vmm/executor/trace_conservation.hpp"

#include <algorithm>

#include "vmm/executor/idle_while_waiting.hpp"

namespace roost {

namespace {

bool still_runnable(SwitchOut how) {
  return how == SwitchOut::Preempted || how == SwitchOut::SliceEnd || how == SwitchOut::Yielded;
}

/// Who is where, as the events and changes have it.
class Replay {
 public:
  Replay(const TracedRun& run, std::size_t pcpus) : run_(run), pcpus_(pcpus), meter_(pcpus, run.vcpus, run.began) {
    for (std::size_t v = 0; v < run.vcpus.size(); ++v) meter_.waits(id_at<VcpuId>(v), run.began);
  }

  IdleWhileWaiting& go_through() {
    auto change = run_.changes.begin();
    for (const Event& event : run_.events) {
      for (; change != run_.changes.end() && change->at <= event.at; ++change) make(*change);
      take(event);
    }
    for (; change != run_.changes.end(); ++change) make(*change);
    meter_.close(run_.ended);
    return meter_;
  }

 private:
  struct Pcpu {
    VcpuId current = kNoVcpu;
    bool online = true;
  };

  Time moment(Time at) {
    at = std::clamp(at, run_.began, run_.ended);
    meter_.settle(at);
    return at;
  }

  void make(const PlaceChange& change) {
    const Time at = moment(change.at);
    if (change.vcpu != kNoVcpu) return meter_.may_use(change.vcpu, change.allowed, at);
    pcpus_[change.pcpu].online = change.online;
    tell(change.pcpu, at);
  }

  void take(const Event& event) {
    const Time at = moment(event.at);
    if (event.kind == EventKind::Wakeup) meter_.waits(event.vcpu, at);
    if (event.kind != EventKind::Switch) return;
    VcpuId& there = pcpus_[event.pcpu].current;
    if (there != kNoVcpu && still_runnable(static_cast<SwitchOut>(event.detail))) meter_.waits(there, at);
    if (event.vcpu != kNoVcpu) meter_.runs(event.vcpu, at);
    there = event.vcpu;
    tell(event.pcpu, at);
  }

  void tell(PcpuId id, Time at) {
    const Pcpu& pcpu = pcpus_[id];
    pcpu.current == kNoVcpu && pcpu.online ? meter_.idles(id, at) : meter_.works(id, at);
  }

  const TracedRun& run_;
  IdVector<PcpuId, Pcpu> pcpus_;
  IdleWhileWaiting meter_;
};

}  // namespace

void derive_conservation(const TracedRun& run, RunReport& report) {
  Replay replay(run, report.pcpus.size());
  const IdleWhileWaiting& meter = replay.go_through();
  for (PcpuId p{0}; p < report.pcpus.end_id(); p = id_at<PcpuId>(index(p) + 1))
    report.pcpus[p].idle_while_waiting = meter.of(p);
  report.conservation = {.source = ConservationReport::Source::Trace, .idle_while_waiting = meter.sum(),
                         .lost = meter.lost()};
}

}  // namespace roost
