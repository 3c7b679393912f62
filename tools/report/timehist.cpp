#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tools/report/text_table.hpp"
#include "tools/report/trace_view.hpp"
#include "tools/report/units.hpp"

namespace roost {

bool TraceChoice::shows(const RecordedVcpu& vcpu) const {
  return vms.empty() || std::find(vms.begin(), vms.end(), vcpu.vm) != vms.end();
}

namespace {

bool stays_runnable(SwitchOut why) {
  return why != SwitchOut::Blocked && why != SwitchOut::Finished && why != SwitchOut::Throttled;
}

std::string seconds_text(Time at) {
  return fmt::format("{}.{:09}", nanoseconds(at) / 1'000'000'000, nanoseconds(at) % 1'000'000'000);
}
std::string ms_text(Duration d) {
  return fmt::format("{}.{:06}", nanoseconds(d) / 1'000'000, nanoseconds(d) % 1'000'000);
}

struct Turn {  // one time that a vCPU ran
  PcpuId pcpu;
  VcpuId vcpu;
  Time ended;
  Duration wait, delay, run;
};

/// What is summed up of one vCPU.
struct Sums {
  std::uint64_t turns = 0, moves = 0;
  Duration run{0}, least = Duration::max(), most{0}, delay{0}, longest_delay{0};
  double squares = 0;  // of runs in ms
  PcpuId last = kNoPcpu;

  void add(const Turn& turn) {
    ++turns;
    run += turn.run;
    least = std::min(least, turn.run);
    most = std::max(most, turn.run);
    delay += turn.delay;
    longest_delay = std::max(longest_delay, turn.delay);
    const double ms = static_cast<double>(nanoseconds(turn.run)) / 1e6;
    squares += ms * ms;
    if (last != kNoPcpu && last != turn.pcpu) ++moves;
    last = turn.pcpu;
  }
  /// Of the mean run time, as perf has it: the standard error in percent of the mean.
  double error_percent() const {
    const auto n = static_cast<double>(turns);
    const double mean = static_cast<double>(nanoseconds(run)) / 1e6 / n;
    if (turns < 2 || mean <= 0) return 0;
    const double variance = std::max(squares - n * mean * mean, 0.0) / (n - 1);
    return 100 * std::sqrt(variance / n) / mean;
  }
};

class Timehist {
 public:
  Timehist(const RecordedTrace& trace, const TraceChoice& choice, TimehistParts parts)
      : trace_(trace), choice_(choice), parts_(parts), vcpus_(trace.vcpus.size()), pcpus_(trace.pcpus) {
    for (const RecordedVcpu& vcpu : trace.vcpus) width_ = std::max(width_, vcpu.label.size());
  }

  std::string text() {
    if (parts_.lines) header();
    for (const Event& event : trace_.events) add(event);
    const Time end = trace_.events.back().at;
    for (PcpuId p{0}; p < pcpus_.end_id(); p = id_at<PcpuId>(index(p) + 1)) leave(p, end, SwitchOut::Preempted, false);
    if (parts_.summary) summary();
    if (const std::string edges = edge_words(trace_); !edges.empty()) out_ += "\n" + edges;
    return std::move(out_);
  }

 private:
  struct Vcpu {
    bool running = false;
    PcpuId on = kNoPcpu;          // running: where
    Time since{};                 // running: when it began; else when it last left a pCPU
    bool ran = false;
    std::optional<Time> ready;    // not running: since when it could run
    std::optional<Time> woken;    // while it ran
    Duration wait{0}, delay{0};   // before the present turn
    Sums sums;
  };
  struct Pcpu {
    VcpuId vcpu = kNoVcpu;
    std::optional<Time> idle_since;
    Duration idle{0};
  };

  void header() {
    out_ += fmt::format("{:>16} {:>6}  {:<{}} {:>13} {:>13} {:>13}\n", "time", "pCPU", "vCPU", width_, "wait time",
                        "sch delay", "run time");
    out_ += fmt::format("{:>16} {:>6}  {:<{}} {:>13} {:>13} {:>13}\n", "(sec)", "", "[vm/vcpu]", width_, "(msec)",
                        "(msec)", "(msec)");
    out_ += fmt::format("{:->16} {:->6}  {:-<{}} {:->13} {:->13} {:->13}\n", "", "", "", width_, "", "", "");
  }

  void add(const Event& event) {
    if (event.kind == EventKind::Wakeup) return woken(event);
    if (event.kind == EventKind::Switch) return switched(event);
    if (parts_.lines && choice_.shows(event.at))
      out_ += fmt::format("{:>16} {:>6}  from here on under policy {}\n", seconds_text(event.at), "",
                          trace_.policies[event.length]);
  }

  void woken(const Event& event) {
    Vcpu& vcpu = vcpus_[event.vcpu];
    vcpu.running ? vcpu.woken = event.at : vcpu.ready = event.at;
  }

  void switched(const Event& event) {
    leave(event.pcpu, event.at, static_cast<SwitchOut>(event.detail), true);
    Pcpu& pcpu = pcpus_[event.pcpu];
    if (event.vcpu == kNoVcpu) {
      pcpu.idle_since = event.at;
      return;
    }
    Vcpu& vcpu = vcpus_[event.vcpu];
    // It left another pCPU at this very moment, and that one's switch comes next.
    if (vcpu.running) leave(vcpu.on, event.at, SwitchOut::Preempted, true);
    pcpu.vcpu = event.vcpu;
    vcpu.on = event.pcpu;
    vcpu.wait = vcpu.ran ? std::max(event.at - vcpu.since, Duration{0}) : Duration{0};
    vcpu.delay = vcpu.ready ? std::max(event.at - *vcpu.ready, Duration{0}) : Duration{0};
    vcpu.running = vcpu.ran = true;
    vcpu.since = event.at;
    vcpu.ready.reset(), vcpu.woken.reset();
  }

  void leave(PcpuId id, Time at, SwitchOut why, bool shown) {
    Pcpu& pcpu = pcpus_[id];
    if (pcpu.idle_since) pcpu.idle += at - *std::exchange(pcpu.idle_since, std::nullopt);
    if (pcpu.vcpu == kNoVcpu) return;
    Vcpu& vcpu = vcpus_[pcpu.vcpu];
    told({id, pcpu.vcpu, at, vcpu.wait, vcpu.delay, std::max(at - vcpu.since, Duration{0})}, shown);
    vcpu.running = false;
    vcpu.since = at;
    vcpu.ready = vcpu.woken && *vcpu.woken >= at ? vcpu.woken : std::nullopt;
    if (stays_runnable(why)) vcpu.ready = at;
    pcpu.vcpu = kNoVcpu;
  }

  void told(const Turn& turn, bool shown) {
    const RecordedVcpu& who = trace_.vcpus[turn.vcpu];
    if (!choice_.shows(turn.pcpu) || !choice_.shows(who) || !choice_.shows(turn.ended)) return;
    vcpus_[turn.vcpu].sums.add(turn);
    if (parts_.lines && shown)
      out_ += fmt::format("{:>16} [{:04}]  {:<{}} {:>13} {:>13} {:>13}\n", seconds_text(turn.ended), index(turn.pcpu),
                          who.label, width_, ms_text(turn.wait), ms_text(turn.delay), ms_text(turn.run));
  }

  /// By VM and number: the formats have them in different orders.
  std::vector<VcpuId> those_that_ran() const {
    std::vector<VcpuId> ids;
    for (VcpuId v{0}; v < vcpus_.end_id(); v = id_at<VcpuId>(index(v) + 1))
      if (vcpus_[v].sums.turns > 0) ids.push_back(v);
    std::ranges::stable_sort(ids, {}, [&](VcpuId v) {
      const RecordedVcpu& who = trace_.vcpus[v];
      return std::tuple<std::string_view, std::size_t, std::string_view>(who.vm, who.label.size(), who.label);
    });
    return ids;
  }

  void summary() {
    out_ += fmt::format("{}Runtime summary\n", parts_.lines ? "\n" : "");
    TextTable table;
    table.column("vCPU", Align::Left).column("sched-in").column("run time").column("min").column("avg").column("max");
    table.column("stddev").column("sch delay").column("max delay").column("migrations");
    std::uint64_t seen = 0, turns = 0;
    Duration run{0};
    for (const VcpuId v : those_that_ran()) {
      const Sums& sums = vcpus_[v].sums;
      ++seen, turns += sums.turns, run += sums.run;
      table.row({trace_.vcpus[v].label, count_text(sums.turns), duration_text(sums.run), duration_text(sums.least),
                 duration_text(sums.run / static_cast<std::int64_t>(sums.turns)), duration_text(sums.most),
                 fmt::format("{:.2f}%", sums.error_percent()), duration_text(sums.delay),
                 duration_text(sums.longest_delay), count_text(sums.moves)});
    }
    out_ += table.text() + "\nIdle stats:\n";
    const Duration whole = trace_.events.back().at - trace_.events.front().at;
    for (PcpuId p{0}; p < pcpus_.end_id(); p = id_at<PcpuId>(index(p) + 1))
      if (choice_.shows(p))
        out_ += fmt::format("    pCPU {:>4} idle for {:>9}  ({})\n", index(p), duration_text(pcpus_[p].idle),
                            share_text(pcpus_[p].idle, whole));
    out_ += fmt::format("\n    vCPUs that ran:          {}\n    times switched in:       {}\n"
                        "    total run time:          {}\n    time in the trace:       {} (x {})\n",
                        seen, count_text(turns), duration_text(run), duration_text(whole), pcpus_.size());
  }

  const RecordedTrace& trace_;
  const TraceChoice& choice_;
  TimehistParts parts_;
  IdVector<VcpuId, Vcpu> vcpus_;
  IdVector<PcpuId, Pcpu> pcpus_;
  std::size_t width_ = 12;
  std::string out_;
};

}  // namespace

std::string timehist(const RecordedTrace& trace, const TraceChoice& choice, TimehistParts parts) {
  return Timehist(trace, choice, parts).text();
}

}  // namespace roost
