#include "tools/report/run_table.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sched/balance/balancer.hpp"
#include "sched/gate/reservation.hpp"
#include "tools/report/cache_table.hpp"
#include "tools/report/domain_busy.hpp"
#include "tools/report/fairness.hpp"
#include "tools/report/gate_words.hpp"
#include "tools/report/report_totals.hpp"
#include "tools/report/text_table.hpp"
#include "tools/report/units.hpp"
#include "vmm/executor/cost_model.hpp"

namespace roost {
namespace {

std::string time_and_share(Duration part, Duration whole) {
  return fmt::format("{} {:>6}", duration_text(part), share_text(part, whole));
}

std::string mips(const VcpuReport& vcpu) {
  if (nanoseconds(vcpu.run) <= 0 || vcpu.retired == 0) return "-";
  return fmt::format("{:.0f}", static_cast<double>(vcpu.retired) * 1000 / static_cast<double>(nanoseconds(vcpu.run)));
}

std::string wake_to_run(const Histogram& waits) {
  if (waits.count() == 0) return "-";
  return fmt::format("{} / {}", duration_text(waits.percentile(500)), duration_text(waits.percentile(990)));
}

/// "0:52% 1:48%"; of more than eight pCPUs those with most time first, and how many others.
std::string ran_on(const VcpuReport& vcpu) {
  constexpr std::size_t kShown = 8;
  std::vector<RunPlaces::Part> parts = vcpu.run_on.parts();
  const std::size_t places = parts.size();
  if (places > kShown) {
    std::ranges::stable_sort(parts, std::ranges::greater{}, &RunPlaces::Part::time);
    parts.resize(kShown - 1);
  }
  std::string out;
  for (const auto& [pcpu, time] : parts) {
    const auto share = static_cast<double>(nanoseconds(time)) / static_cast<double>(nanoseconds(vcpu.run));
    out += fmt::format("{}{}:{:.0f}%", out.empty() ? "" : " ", index(pcpu), 100 * share);
  }
  if (places > kShown) out += fmt::format(" +{}", places - parts.size());
  return out;
}

/// What memory has cost, if anybody used it: a column that live runs do not have.
bool uses_memory(const RunReport& report) {
  const auto paid = [](const VcpuReport& vcpu) { return vcpu.reload + vcpu.remote_memory > Duration{0}; };
  return std::any_of(report.vcpus.begin(), report.vcpus.end(), paid);
}

bool any_capped(const RunReport& report) {
  return std::ranges::any_of(report.vcpus, [](const VcpuReport& vcpu) { return vcpu.capped > Duration{0}; });
}

bool any_reserved(const RunReport& report) {
  return std::ranges::any_of(report.vcpus,
                             [](const VcpuReport& vcpu) { return vcpu.reservation.budget > Duration{0}; });
}

/// "199 ms  20.0%", of the lifetime; and how many deadlines were missed.
std::array<std::string, 2> reserved_cells(const VcpuReport& vcpu) {
  if (vcpu.reservation.budget == Duration{0}) return {"-", "-"};
  return {time_and_share(vcpu.reserved, vcpu.lifetime), count_text(vcpu.deadline_misses)};
}

/// Of many, only who had something to do: a workload may have more spare vCPUs than it forks.
bool has_row(const FinishedRun& run, VcpuId vcpu) {
  return run.report.vcpus.size() <= kMostRows || run.report.vcpus[vcpu].used;
}

std::string vcpu_table(const FinishedRun& run) {
  const RunReport& report = run.report;
  const bool memory = uses_memory(report), capped = any_capped(report), reserved = any_reserved(report);
  TextTable table;
  table.column("vCPU", Align::Left).column("weight").column("run").column("wait").column("halted").column("slices");
  table.column("wakeups").column("wake-to-run p50/p99").column("moves").column("MIPS");
  if (capped) table.column("capped");
  if (reserved) table.column("reserved").column("missed");
  if (memory) table.column("reload").column("remote");
  for (VcpuId v{0}; v < report.vcpus.end_id(); v = id_at<VcpuId>(index(v) + 1)) {
    if (!has_row(run, v)) continue;
    const VcpuReport& vcpu = report.vcpus[v];
    std::vector<std::string> cells{
        label_of(vcpu), count_text(static_cast<std::uint64_t>(value(vcpu.weight))),
        time_and_share(vcpu.run, vcpu.lifetime), time_and_share(vcpu.wait, vcpu.lifetime),
        time_and_share(vcpu.halted, vcpu.lifetime), count_text(vcpu.slices), count_text(vcpu.wakeups),
        wake_to_run(vcpu.wake_to_run), count_text(migrations_of(vcpu).total()), mips(vcpu)};
    if (capped) cells.push_back(time_and_share(vcpu.capped, vcpu.lifetime));
    if (reserved)
      for (std::string& cell : reserved_cells(vcpu)) cells.push_back(std::move(cell));
    if (memory) cells.push_back(duration_text(vcpu.reload)), cells.push_back(duration_text(vcpu.remote_memory));
    table.row(std::move(cells));
  }
  const std::size_t left_out = report.vcpus.size() - rows_of(run);
  return table.text() + (left_out == 0 ? "" : fmt::format("({} had nothing to do.)\n", plural(left_out, "spare vCPU")));
}

/// Where each ran, and its migrations: one column per distance and cause that occurred. Empty under the host's
/// scheduler.
std::string places_table(const FinishedRun& run) {
  const RunReport& report = run.report;
  if (report.pcpus.empty()) return "";
  const MigrationCounts all = migrations_of(report);
  const auto kinds = all.occurred();
  TextTable table;
  table.column("vCPU", Align::Left);
  for (const MigrationKind& kind : kinds) table.column(fmt::format("{} ({})", cause(kind.why), name_of(kind.distance)));
  table.column("ran on pCPU", Align::Left);
  const auto add = [&](std::string label, const MigrationCounts& counts, std::string places) {
    std::vector<std::string> cells{std::move(label)};
    for (const MigrationKind& kind : kinds) cells.push_back(count_text(counts.of(kind)));
    cells.push_back(std::move(places));
    table.row(std::move(cells));
  };
  for (VcpuId v{0}; v < report.vcpus.end_id(); v = id_at<VcpuId>(index(v) + 1))
    if (const VcpuReport& vcpu = report.vcpus[v]; has_row(run, v))
      add(label_of(vcpu), migrations_of(vcpu), ran_on(vcpu));
  if (report.vcpus.size() > 1 && !kinds.empty()) add("all", all, "");
  return table.text() + "\n";
}

std::string place_text(const Topology& topology, PcpuId pcpu) {
  if (index(pcpu) >= topology.pcpu_count()) return "-";
  const PcpuPlace& place = topology.place(pcpu);
  return fmt::format("cpu {}, node {}", place.host_cpu, index(place.node));
}

std::vector<std::string> pcpu_row(std::string label, std::string place, const PcpuReport& pcpu, Duration wall) {
  std::uint64_t plans = 0, stale = 0;
  for (const DomainBalance& domain : pcpu.balance) plans += plans_of(domain), stale += stale_of(domain);
  return {std::move(label), std::move(place), time_and_share(pcpu.busy, wall), duration_text(pcpu.idle),
          share_text(pcpu.overhead, wall), count_text(pcpu.switches), count_text(pcpu.kicks_sent),
          count_text(pcpu.kicks_suppressed), count_text(pcpu.sleeps), count_text(pcpu.polls_hit),
          fmt::format("{}/{}", count_text(pcpu.pulls), count_text(pcpu.pushes)),
          fmt::format("{}/{}", count_text(plans), count_text(stale))};
}

/// Empty under the host's scheduler: it has threads, not pCPUs.
std::string pcpu_table(const FinishedRun& run) {
  if (run.report.pcpus.empty()) return "";
  TextTable table;
  table.column("pCPU", Align::Left).column("where", Align::Left).column("busy").column("idle").column("own");
  table.column("switches").column("kicks").column("spared").column("sleeps").column("polled").column("pull/push");
  table.column("plans/stale");
  const RunReport& report = run.report;
  for (PcpuId p{0}; p < report.pcpus.end_id(); p = id_at<PcpuId>(index(p) + 1))
    table.row(pcpu_row(fmt::format("{}", index(p)), place_text(run.topology, p), report.pcpus[p], report.wall));
  if (report.elsewhere.kicks_sent + report.elsewhere.kicks_suppressed > 0) {
    std::vector<std::string> cells = pcpu_row("I/O", "", report.elsewhere, Duration{0});
    for (const std::size_t unknown : {2, 3, 4, 5, 8, 9, 10, 11}) cells[unknown] = "";
    table.row(std::move(cells));
  }
  return table.text() + "\n";
}

std::string ending(const FinishedRun& run) {
  if (run.end == RunEnd::TimeLimit) return ", cut off at the time limit";
  if (run.end == RunEnd::Interrupted) return ", interrupted";
  if (run.end == RunEnd::Stuck) return ", stuck: every vCPU that was left waited for another";
  return "";
}

/// What the figures of a simulated run rest on; the whole cost table is in the JSON.
std::string simulation_words(const SimulationReport& simulation) {
  if (simulation.costs.empty()) return "";
  std::string out = "Simulated, in virtual time";
  if (simulation.quantum > Duration{0}) out += fmt::format("; quantum {}", duration_text(simulation.quantum));
  std::string changed;
  for (const CostInForce& cost : simulation.costs)
    if (cost.figure != cost.usual)
      changed += fmt::format(" {}={} (default {}),", cost.name, cost_text(cost.unit, cost.figure),
                             cost_text(cost.unit, cost.usual));
  if (changed.empty()) return out + "; every cost is the usual one.\n";
  changed.back() = '.';
  return out + "; costs as usual, but" + changed + '\n';
}

/// What the pCPUs of a simulated run took of power, and how they idled.
std::string energy_words(const RunReport& report, Duration pcpu_time) {
  const std::uint64_t energy = energy_of(report);
  if (energy == 0) return "";
  const IdleTimes waited = waited_of(report);
  return fmt::format("Energy of the pCPUs: {}. Of their time they polled {}, slept lightly {} and deeply {}.\n",
                     energy_text(energy), share_text(waited.polled, pcpu_time), share_text(waited.shallow, pcpu_time),
                     share_text(waited.deep, pcpu_time));
}

std::string count_share(std::uint64_t part, std::uint64_t whole) {
  return share_text(Duration{static_cast<std::int64_t>(part)}, Duration{static_cast<std::int64_t>(whole)});
}

/// What NUMA sampling did to simulated memory, and its price; empty where nothing was sampled.
std::string sampling_words(const RunReport& report) {
  const SimulationReport& simulation = report.simulation;
  if (simulation.hint_faults + simulation.pages_moved == 0) return "";
  Duration taken{0}, run{0};
  std::uint64_t samples = 0, remote = 0;
  const VcpuReport* farthest = nullptr;
  const auto is_farther = [](const VcpuReport& a, const VcpuReport& b) {
    return a.numa_remote * b.numa_samples > b.numa_remote * a.numa_samples;
  };
  for (const VcpuReport& vcpu : report.vcpus) {
    taken += vcpu.sampling, run += vcpu.run;
    samples += vcpu.numa_samples, remote += vcpu.numa_remote;
    if (vcpu.numa_samples > 0 && (farthest == nullptr || is_farther(vcpu, *farthest))) farthest = &vcpu;
  }
  std::string out = fmt::format("NUMA sampling: {}, {} moved; it took {}, {} of run.",
                                plural(simulation.hint_faults, "hint fault"), plural(simulation.pages_moved, "page"),
                                duration_text(taken), share_text(taken, run));
  if (farthest != nullptr && remote > 0)
    out += fmt::format(" {} of the samples lay on another node; most of {}'s, {}.", count_share(remote, samples),
                       label_of(*farthest), count_share(farthest->numa_remote, farthest->numa_samples));
  return out + "\n";
}

std::string migration_words(const MigrationCounts& moves) {
  if (moves.total() == 0) return "Nobody migrated.\n";
  std::string out = fmt::format("{}:", plural(moves.total(), "migration"));
  for (const MigrationKind& kind : moves.occurred())
    out += fmt::format(" {} {} ({}),", count_text(moves.of(kind)), cause(kind.why), name_of(kind.distance));
  out.back() = '.';
  return out + '\n';
}

std::string wake_words(const RunReport& report) {
  const Histogram wakes = wakes_of(report);
  if (wakes.count() == 0) return "";
  return fmt::format("From wakeup to running: p50 {}, p99 {}, p99.9 {}, at most {}.\n",
                     duration_text(wakes.percentile(500)), duration_text(wakes.percentile(990)),
                     duration_text(wakes.percentile(999)), duration_text(wakes.max()));
}

std::string fairness_words(const RunReport& report) {
  const Fairness fairness = fairness_of(report);
  if (used_vcpus(report) < 2 || fairness.most_behind == kNoVcpu) return "";
  std::string out = fmt::format("Fairness: Jain's index {:.3f} of run time by weight, {:.3f} of ideal shares",
                                fairness.jain_by_weight, fairness.jain_by_ideal);
  if (fairness.max_lag() > Duration{0})
    out += fmt::format("; most behind: {}, by {}", label_of(report.vcpus[fairness.most_behind]),
                       duration_text(fairness.max_lag()));
  return out + ".\n";
}

std::string starvation_words(const RunReport& report) {
  const VcpuReport* worst = nullptr;
  std::size_t late = 0;
  const auto excess = [](const VcpuReport& vcpu) { return vcpu.longest_wait - tolerated(vcpu.wait_bound); };
  for (const VcpuReport& vcpu : report.vcpus) {
    if (excess(vcpu) <= Duration{0}) continue;
    ++late;
    if (worst == nullptr || excess(vcpu) > excess(*worst)) worst = &vcpu;
  }
  if (worst == nullptr) return "";
  return fmt::format("Starved beyond the discipline's bound: {}; longest {}, which waited {} where {} is the bound.\n",
                     plural(late, "vCPU"), label_of(*worst), duration_text(worst->longest_wait),
                     duration_text(worst->wait_bound));
}

std::string conservation_words(const RunReport& report, Duration pcpu_time) {
  if (report.conservation.source == ConservationReport::Source::None) return "";
  if (report.conservation.lost == Duration{0}) return "Work conserving: no pCPU was idle while a vCPU waited for it.\n";
  return fmt::format("Idle pCPUs could have run waiting vCPUs for {}, {} of all pCPU time{}.\n",
                     duration_text(report.conservation.lost), share_text(report.conservation.lost, pcpu_time),
                     report.conservation.source == ConservationReport::Source::Trace ? " (by the trace)" : "");
}

/// A line per VM with a reservation.
std::string reservation_words(const RunReport& report) {
  std::string out;
  for (const VmReport& vm : report.vms) {
    const ReservedTotals of = reserved_of(report, vm.name);
    if (of.promised == 0) continue;
    out += fmt::format("{}: {} of a pCPU reserved; by right of it, it ran {}; {}.\n", vm.name,
                       share_text(Duration{of.promised}, Duration{kFullShare}), duration_text(of.received),
                       of.missed == 0 ? "no deadline was missed" : plural(of.missed, "deadline") + " missed");
  }
  return out;
}

/// ": nothing waits 4, affinity 2"; nothing where there were none.
std::string stale_words(const DomainBalance& domain) {
  std::string out;
  for (std::size_t i = 1; i < kPlanOutcomes; ++i) {
    if (domain.plans[i] == 0) continue;
    std::string reason = stale_reason(static_cast<PlanOutcome>(i));
    std::ranges::replace(reason, '_', ' ');
    out += fmt::format("{} {} {}", out.empty() ? ":" : ",", reason, count_text(domain.plans[i]));
  }
  return out;
}

/// A line per domain that was looked at for a plan.
std::string balance_words(const RunReport& report) {
  const BalanceTotals balance = balance_of(report);
  std::string out;
  for (std::size_t d = 0; d < kDistances; ++d) {
    const DomainBalance& domain = balance.domains[d];
    if (domain.attempts + plans_of(domain) == 0) continue;
    const std::string attempts = plural(domain.attempts, "attempt"), far = name_of(static_cast<Distance>(d));
    if (plans_of(domain) == 0) {
      out += fmt::format("Plans ({}): {}, no plan.\n", far, attempts);
      continue;
    }
    out += fmt::format("Plans ({}): {}, {} moved {}; {} stale{}.\n", far, attempts, plural(plans_of(domain), "plan"),
                       plural(domain.moved, "vCPU"), count_text(stale_of(domain)), stale_words(domain));
  }
  return out;
}

/// "roost, from 500 ms on under round_robin".
std::string policy_words(const RunReport& report) {
  constexpr std::size_t kMostPolicies = 4;
  std::string out = report.policy;
  for (const PoolReport& pool : report.pools) out += fmt::format(", pool {} under {}", pool.name, pool.policy);
  if (report.policy_changes.size() > kMostPolicies)
    return out + fmt::format(" and {} more policies, one after another (--json lists them)",
                             report.policy_changes.size());
  for (const PolicyChange& change : report.policy_changes)
    out += fmt::format(", from {} on under {}{}", duration_text(change.at), change.policy,
                       change.pool.empty() ? "" : " in pool " + change.pool);
  return out;
}

std::string runqueue_words(const RunReport& report) {
  if (report.granularity == Granularity::Pcpu) return "";
  if (report.granularity == Granularity::Machine) return ", with one runqueue for all";
  return fmt::format(", with a runqueue for each {} ({} in all)", name_of(report.granularity), report.runqueues);
}

/// "Busy by llc: 52.1% in the mean, 98.0% at most (LLC 3)." Numbers are those of 'roost topology'.
std::string domain_words(const FinishedRun& run) {
  std::string out;
  for (const DomainBusy& domain : busy_by_domain(run)) {
    const char* const level = name_of(domain.level);
    out += fmt::format("Busy by {0}: {1:.1f}% in the mean of {2}, {3:.1f}% at most ({0} {4}).\n", level,
                       100 * domain.mean, domain.count, 100 * domain.most, domain.busiest);
  }
  return out;
}

/// Where the host had other work, or fewer CPUs than there are pCPUs.
std::string host_words(const FinishedRun& run) {
  constexpr Duration kLeast = std::chrono::milliseconds(5);
  constexpr int kWorthTelling = 20;  // that part of the time at work, or more
  const Duration withheld = withheld_by_host(run).value_or(Duration{0});
  Duration at_work{0};
  for (const PcpuReport& pcpu : run.report.pcpus) at_work += pcpu.busy + pcpu.overhead;
  if (withheld < kLeast || withheld * kWorthTelling < at_work) return "";
  return fmt::format("The host ran something else for {} of the {} that pCPUs were at work, or more: it is overloaded, "
                     "and these times are its scheduler's as much as ours.\n", duration_text(withheld),
                     duration_text(at_work));
}

}  // namespace

std::size_t rows_of(const FinishedRun& run) {
  const std::size_t vcpus = run.report.vcpus.size();
  return vcpus <= kMostRows ? vcpus : used_vcpus(run.report);
}

std::string time_sums(const RunReport& report) {
  for (const VcpuReport& vcpu : report.vcpus)
    if (vcpu.run + vcpu.wait + vcpu.halted + vcpu.capped != vcpu.lifetime)
      return fmt::format("BROKEN: vCPU {}: run + wait + halted + capped is {} ns off its lifetime.", label_of(vcpu),
                         nanoseconds(vcpu.run + vcpu.wait + vcpu.halted + vcpu.capped - vcpu.lifetime));
  for (PcpuId p{0}; p < report.pcpus.end_id(); p = id_at<PcpuId>(index(p) + 1)) {
    const PcpuReport& pcpu = report.pcpus[p];
    if (pcpu.busy + pcpu.idle + pcpu.overhead != report.wall)
      return fmt::format("BROKEN: pCPU {}: busy + idle + own is {} ns off the wall time.", index(p),
                         nanoseconds(pcpu.busy + pcpu.idle + pcpu.overhead - report.wall));
  }
  return fmt::format("Sums, to the nanosecond: run + wait + halted{} = lifetime of every vCPU{}.",
                     any_capped(report) ? " + capped" : "",
                     report.pcpus.empty() ? "" : "; busy + idle + own = wall of every pCPU");
}

std::string closing_words(const FinishedRun& run) {
  const RunReport& report = run.report;
  const Totals totals = totals_of(report);
  const MigrationCounts moves = migrations_of(report);
  std::string out = fmt::format("{} of {} shared {} for {} under {}{}{}", plural(report.vcpus.size(), "vCPU"),
                                plural(report.vms.size(), "VM"), plural(run.topology.pcpu_count(), "pCPU"),
                                duration_text(report.wall), policy_words(report), runqueue_words(report), ending(run));
  out += fmt::format(".\nOf their lives they ran {}, waited {} and were halted {}",
                     share_text(totals.run, totals.lifetime), share_text(totals.wait, totals.lifetime),
                     share_text(totals.halted, totals.lifetime));
  const std::string evenness = wake_words(report) + fairness_words(report);
  if (report.pcpus.empty()) return out + ".\n" + evenness;
  out += fmt::format("; the pCPUs were busy {}.\n", share_text(totals.busy, totals.wall));
  out += domain_words(run);
  out += evenness + reservation_words(report) + starvation_words(report) + conservation_words(report, totals.wall);
  out += gate_words(report);
  return out + migration_words(moves) + balance_words(report) + sampling_words(report) +
         energy_words(report, totals.wall) + host_words(run);
}

std::string run_table(const FinishedRun& run) {
  return fmt::format("{}\n{}{}{}{}\n{}{}", vcpu_table(run), places_table(run), pcpu_table(run),
                     cache_table(run.report), time_sums(run.report), closing_words(run),
                     simulation_words(run.report.simulation));
}

}  // namespace roost
