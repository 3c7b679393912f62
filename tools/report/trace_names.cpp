#include "tools/report/trace_names.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/report/report_totals.hpp"
#include "tools/report/units.hpp"

namespace roost {

std::string migration_name(const FinishedRun& run, const Event& migrate) {
  const std::size_t pcpus = run.topology.pcpu_count();
  const bool known = index(migrate.pcpu) < pcpus && index(migrate.other) < pcpus;
  return fmt::format("{} {} -> {} ({})", cause(static_cast<MigrateWhy>(migrate.detail)), index(migrate.pcpu),
                     index(migrate.other), known ? name_of(run.topology.distance(migrate.pcpu, migrate.other)) : "?");
}

std::string kick_name(const Event& kick) {
  const bool interrupts = static_cast<KickHow>(kick.detail) == KickHow::Interrupt;
  return fmt::format("{} pCPU {}", interrupts ? "interrupt" : "kick", index(kick.other));
}

std::string policy_name(const FinishedRun& run, const Event& policy) {
  const auto& changes = run.report.policy_changes;
  const bool known = policy.length >= 1 && policy.length <= changes.size();
  if (!known) return std::string(kPolicyEvent) + "of another name";
  const PolicyChange& change = changes[policy.length - 1u];
  return std::string(kPolicyEvent) + change.policy + (change.pool.empty() ? "" : " in pool " + change.pool);
}

RunqueueMap runqueues_of(const FinishedRun& run) {
  std::vector<RunqueueMap::Cut> cuts;
  for (const PoolReport& pool : run.report.pools) cuts.push_back({pool.pcpus, pool.granularity});
  return RunqueueMap(run.topology, run.report.granularity, cuts);
}

const char* name_of(SwitchOut why) {
  switch (why) {
    case SwitchOut::Idle: return "idle";
    case SwitchOut::Preempted: return "preempted";
    case SwitchOut::SliceEnd: return "slice end";
    case SwitchOut::Yielded: return "yielded";
    case SwitchOut::Blocked: return "blocked";
    case SwitchOut::Finished: return "finished";
    case SwitchOut::Throttled: return "throttled";
  }
  return "unknown";
}

std::string occupant_name(const FinishedRun& run, VcpuId vcpu) {
  return vcpu == kNoVcpu ? "idle" : label_of(run.report.vcpus[vcpu]);
}

std::optional<QueueLengths::Length> QueueLengths::changed(const Event& event) {
  if (event.kind == EventKind::Migrate || event.kind == EventKind::Kick || event.kind == EventKind::Policy)
    return std::nullopt;
  const RunqueueId runqueue = map_.of(event.pcpu);
  if (std::exchange(lengths_[runqueue], event.length) == event.length) return std::nullopt;
  return Length{runqueue, event.length};
}

bool QueueLengths::shown(RunqueueId runqueue) const {
  bool some = false;
  map_.for_each_member(map_.lead(runqueue), [&](PcpuId pcpu) { some = some || run_.traced.shows(pcpu); });
  return some;
}

std::string QueueLengths::name(RunqueueId runqueue) const {
  const PcpuId lead = map_.lead(runqueue);
  if (!map_.shares()) return fmt::format("pCPU {} waiting", index(lead));
  const PcpuPlace& place = run_.topology.place(lead);
  switch (map_.granularity(lead)) {
    case Granularity::Core: return fmt::format("core {} runqueue", place.core);
    case Granularity::Llc: return fmt::format("LLC {} runqueue", place.llc);
    case Granularity::Node: return fmt::format("node {} runqueue", index(place.node));
    case Granularity::Pcpu: return fmt::format("pCPU {} waiting", index(lead));
    case Granularity::Machine: break;
  }
  return run_.report.pools.empty() ? "machine runqueue" : fmt::format("runqueue from pCPU {} on", index(lead));
}

std::string cut_words(const FinishedRun& run) {
  const TraceScope& scope = run.traced;
  std::string words;
  if (scope.from > Duration{0} || scope.to != Duration::max())
    words = fmt::format("of the run only {} to {}", duration_text(scope.from),
                        scope.to == Duration::max() ? "its end" : duration_text(scope.to));
  if (!scope.pcpus.empty()) {
    std::vector<std::uint32_t> ids;
    scope.pcpus.for_each([&](PcpuId pcpu) { ids.push_back(static_cast<std::uint32_t>(pcpu)); });
    words += fmt::format("{}{}of pCPUs {}", words.empty() ? "" : ", ", words.empty() ? "only what is " : "",
                         fmt::join(ids, ","));
  }
  if (run.events_lost > 0)
    words += fmt::format("{}only the first {} events, not {} later ones", words.empty() ? "" : ", ", run.events.size(),
                         run.events_lost);
  return words;
}

Time end_of_trace(const FinishedRun& run) {
  const Time last = run.events.back().at;
  return run.events_lost > 0 ? last : std::max(last, Time{} + std::min(run.report.wall, run.traced.to));
}

IdVector<VcpuId, VcpuId> first_of_vms(const RunReport& report) {
  IdVector<VcpuId, VcpuId> firsts;
  for (VcpuId v{0}; v < report.vcpus.end_id(); v = id_at<VcpuId>(index(v) + 1)) {
    const VcpuId before = id_at<VcpuId>(index(v) - 1);
    firsts.push_back(index(v) > 0 && report.vcpus[before].vm == report.vcpus[v].vm ? firsts[before] : v);
  }
  return firsts;
}

}  // namespace roost
