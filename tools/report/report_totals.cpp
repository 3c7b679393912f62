#include "tools/report/report_totals.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "sched/gate/reservation.hpp"

namespace roost {

std::string label_of(const VcpuReport& vcpu) { return fmt::format("{}/{}", vcpu.vm, vcpu.number); }

std::size_t used_vcpus(const RunReport& report) {
  return static_cast<std::size_t>(std::ranges::count_if(report.vcpus, &VcpuReport::used));
}

Totals totals_of(const RunReport& report) {
  Totals totals;
  for (const VcpuReport& vcpu : report.vcpus) {
    if (!vcpu.used) continue;
    totals.run += vcpu.run;
    totals.wait += vcpu.wait;
    totals.halted += vcpu.halted;
    totals.lifetime += vcpu.lifetime;
  }
  for (const PcpuReport& pcpu : report.pcpus) {
    totals.busy += pcpu.busy;
    totals.wall += report.wall;
  }
  return totals;
}

std::uint64_t energy_of(const RunReport& report) {
  std::uint64_t sum = 0;
  for (const PcpuReport& pcpu : report.pcpus) sum += pcpu.energy_uj;
  return sum;
}

IdleTimes waited_of(const RunReport& report) {
  IdleTimes sum;
  for (const PcpuReport& pcpu : report.pcpus) {
    sum.polled += pcpu.waited.polled;
    sum.shallow += pcpu.waited.shallow;
    sum.deep += pcpu.waited.deep;
  }
  return sum;
}

const char* cause(MigrateWhy why) {
  switch (why) {
    case MigrateWhy::Placement: return "placed";
    case MigrateWhy::Pull: return "pulled";
    case MigrateWhy::Push: return "pushed";
    case MigrateWhy::Hotplug: return "unplugged";
    case MigrateWhy::Active: return "active";
    case MigrateWhy::Numa: return "numa";
    case MigrateWhy::Shared: return "shared";
  }
  return "moved";
}

const char* name_of(MigrateWhy why) {
  switch (why) {
    case MigrateWhy::Placement: return "placement";
    case MigrateWhy::Pull: return "pull";
    case MigrateWhy::Push: return "push";
    case MigrateWhy::Hotplug: return "hotplug";
    case MigrateWhy::Active: return "active";
    case MigrateWhy::Numa: return "numa";
    case MigrateWhy::Shared: return "shared";
  }
  return "unknown";
}

void MigrationCounts::add(const Table& table) {
  for (std::size_t d = 0; d < kDistances; ++d)
    for (std::size_t w = 0; w < kMigrateWhys; ++w) table_[d][w] += table[d][w];
}

std::uint64_t MigrationCounts::total() const {
  std::uint64_t sum = 0;
  for (const auto& causes : table_)
    for (const std::uint64_t count : causes) sum += count;
  return sum;
}

std::uint64_t MigrationCounts::of(MigrationKind kind) const {
  return table_[static_cast<std::size_t>(kind.distance)][static_cast<std::size_t>(kind.why)];
}

std::vector<MigrationKind> MigrationCounts::occurred() const {
  std::vector<MigrationKind> kinds;
  for (std::size_t d = 0; d < kDistances; ++d)
    for (std::size_t w = 0; w < kMigrateWhys; ++w)
      if (table_[d][w] > 0) kinds.push_back({static_cast<Distance>(d), static_cast<MigrateWhy>(w)});
  return kinds;
}

MigrationCounts migrations_of(const VcpuReport& vcpu) {
  MigrationCounts counts;
  counts.add(vcpu.migrations);
  return counts;
}

MigrationCounts migrations_of(const RunReport& report) {
  MigrationCounts counts;
  for (const VcpuReport& vcpu : report.vcpus) counts.add(vcpu.migrations);
  return counts;
}

Histogram wakes_of(const RunReport& report) {
  Histogram all;
  for (const VcpuReport& vcpu : report.vcpus) all.merge(vcpu.wake_to_run);
  return all;
}

void BalanceTotals::add(const PcpuReport& pcpu) {
  for (std::size_t i = 0; i < asked.size(); ++i) asked[i] += pcpu.asked[i];
  for (std::size_t d = 0; d < kDistances; ++d) {
    domains[d].attempts += pcpu.balance[d].attempts;
    domains[d].moved += pcpu.balance[d].moved;
    for (std::size_t o = 0; o < domains[d].plans.size(); ++o) domains[d].plans[o] += pcpu.balance[d].plans[o];
  }
}

BalanceTotals balance_of(const RunReport& report) {
  BalanceTotals totals;
  for (const PcpuReport& pcpu : report.pcpus) totals.add(pcpu);
  return totals;
}

std::uint64_t plans_of(const DomainBalance& domain) {
  return std::accumulate(domain.plans.begin(), domain.plans.end(), std::uint64_t{0});
}

std::uint64_t stale_of(const DomainBalance& domain) { return plans_of(domain) - domain.plans[0]; }

const char* stale_reason(PlanOutcome outcome) {
  switch (outcome) {
    case PlanOutcome::StaleNothingWaits: return "nothing_waits";
    case PlanOutcome::StaleNotWorthwhile: return "not_worthwhile";
    case PlanOutcome::StaleAffinity: return "affinity";
    case PlanOutcome::StaleTooHeavy: return "too_heavy";
    case PlanOutcome::StaleOffline: return "offline";
    case PlanOutcome::StaleGone: return "gone";
    case PlanOutcome::StaleHot: return "hot";
    case PlanOutcome::StaleUrgent: return "urgent";
    case PlanOutcome::Done: break;
  }
  check_failed("a plan that held has no such reason", __FILE__, __LINE__);
}

ReservedTotals reserved_of(const RunReport& report, const std::string& vm) {
  ReservedTotals of;
  for (const VcpuReport& vcpu : report.vcpus) {
    if (vcpu.vm != vm || vcpu.reservation.budget == Duration{0}) continue;
    of.promised += CbsServer(vcpu.reservation).share();
    of.received += vcpu.reserved;
    of.missed += vcpu.deadline_misses;
  }
  return of;
}

}  // namespace roost
