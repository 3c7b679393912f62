// The room: sums over a run's report, and its migrations by distance and cause.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "vmm/executor/run_report.hpp"

namespace roost {

/// "a/0": VM and hart.
std::string label_of(const VcpuReport& vcpu);

/// All vCPUs but the spare ones that nobody forked.
std::size_t used_vcpus(const RunReport& report);

struct Totals {
  Duration run{0}, wait{0}, halted{0}, lifetime{0};  // of all used vCPUs
  Duration busy{0}, wall{0};                         // of all pCPUs
};
Totals totals_of(const RunReport& report);

/// Of all simulated pCPUs.
std::uint64_t energy_of(const RunReport& report);  // microjoules
IdleTimes waited_of(const RunReport& report);

struct MigrationKind {
  Distance distance;
  MigrateWhy why;
};

/// As tables and traces have it: "placed", "pulled", "active".
const char* cause(MigrateWhy why);
/// As JSON has it: "placement", "pull", "active".
const char* name_of(MigrateWhy why);

class MigrationCounts {
 public:
  using Table = std::array<std::array<std::uint64_t, kMigrateWhys>, kDistances>;
  void add(const Table& table);
  std::uint64_t total() const;
  std::uint64_t of(MigrationKind kind) const;
  /// The kinds that occurred, nearest first.
  std::vector<MigrationKind> occurred() const;

 private:
  Table table_{};
};
MigrationCounts migrations_of(const VcpuReport& vcpu);
MigrationCounts migrations_of(const RunReport& report);

/// Of all vCPUs.
Histogram wakes_of(const RunReport& report);

/// What one or all pCPUs' balancers did.
struct BalanceTotals {
  std::array<std::uint64_t, 2> asked{};  // [Trigger]
  std::array<DomainBalance, kDistances> domains{};
  void add(const PcpuReport& pcpu);
};
BalanceTotals balance_of(const RunReport& report);

/// Plans made, and those of them that no longer held.
std::uint64_t plans_of(const DomainBalance& domain);
std::uint64_t stale_of(const DomainBalance& domain);
/// "nothing_waits": why it did not hold; not of Done.
const char* stale_reason(PlanOutcome outcome);

/// Of all vCPUs of a VM that have a reservation.
struct ReservedTotals {
  std::int64_t promised = 0;  // billionths of a pCPU
  Duration received{0};
  std::uint64_t missed = 0;   // deadlines
};
ReservedTotals reserved_of(const RunReport& report, const std::string& vm);

}  // namespace roost
