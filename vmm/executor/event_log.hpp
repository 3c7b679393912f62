// The room: the events that one thread recorded, in the order in which it did.
// Not here: what an event is (sched/trace), how it is shown (tools/report).
// Invariants: of the events in scope the first `capacity` are kept (so a trace is whole up to where it ends), the rest
//   are counted. Of what came before the scope's window only the state that it begins with is kept.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "sched/trace/event.hpp"
#include "sched/vocabulary/pcpu_set.hpp"

namespace roost {

/// What of a run a trace shall hold.
struct TraceScope {
  Duration from{0}, to = Duration::max();  // since the run's start: from <= t < to
  PcpuSet pcpus;                           // empty: all
  bool whole() const { return from == Duration{0} && to == Duration::max() && pcpus.empty(); }
  bool shows(PcpuId pcpu) const { return pcpus.empty() || (pcpu != kNoPcpu && pcpus.contains(pcpu)); }
};

class EventLog {
 public:
  explicit EventLog(std::size_t capacity, TraceScope scope = {})
      : capacity_(capacity), scoped_(!scope.whole()), scope_(std::move(scope)) {}

  bool on() const { return capacity_ > 0; }
  /// The run has started at `began`; nothing has been added.
  void begin(Time began) { began_ = began; }
  void add(const Event& event) {
    if (scoped_ && !in_scope(event)) return;
    if (events_.size() < capacity_)
      events_.push_back(event);
    else
      ++lost_;
  }
  /// Appends what was kept, in the order in which it was added, after the state at the window's start.
  void append_to(std::vector<Event>& all) const {
    for (const Event& state : before_)
      if (state.pcpu != kNoPcpu) all.push_back(state);
    all.insert(all.end(), events_.begin(), events_.end());
  }
  std::uint64_t lost() const { return lost_; }

 private:
  bool in_scope(const Event& event) {
    const bool between = event.kind == EventKind::Migrate || event.kind == EventKind::Kick;
    const bool of_all = event.kind == EventKind::Policy;
    if (!of_all && !scope_.shows(event.pcpu) && !(between && scope_.shows(event.other))) return false;
    const Duration at = event.at - began_;
    if (at < scope_.from && !between && !of_all) note_before(event);
    return at >= scope_.from && at < scope_.to;
  }
  /// Who runs on event.pcpu, and how many wait there, when the window begins.
  void note_before(const Event& event) {
    if (index(event.pcpu) >= before_.size()) before_.resize(index(event.pcpu) + 1);
    Event& state = before_[index(event.pcpu)];
    state.at = began_ + scope_.from;
    state.pcpu = event.pcpu;
    state.length = event.length;
    if (event.kind == EventKind::Switch) state.vcpu = event.vcpu;
  }

  std::size_t capacity_;
  bool scoped_;
  TraceScope scope_;
  Time began_{};
  std::uint64_t lost_ = 0;
  std::vector<Event> before_;  // by pCPU; pcpu == kNoPcpu: nothing happened there
  std::vector<Event> events_;
};

/// All logs as one, in (time, log) order. Times of one log seldom go back.
inline std::vector<Event> merged(std::span<const EventLog* const> logs) {
  std::vector<Event> all;
  for (const EventLog* log : logs) log->append_to(all);
  std::stable_sort(all.begin(), all.end(), [](const Event& a, const Event& b) { return a.at < b.at; });
  return all;
}

}  // namespace roost
