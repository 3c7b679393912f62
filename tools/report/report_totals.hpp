// The room: sums over a run's report, and its migrations by distance and cause.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vmm/executor/run_report.hpp"

namespace roost {

/// "a/0": VM and hart.
std::string label_of(const VcpuReport& vcpu);

struct Totals {
  Duration run{0}, wait{0}, halted{0}, lifetime{0};  // of all vCPUs
  Duration busy{0}, wall{0};                         // of all pCPUs
};
Totals totals_of(const RunReport& report);

struct MigrationKind {
  Distance distance;
  MigrateWhy why;
};

/// "placed", "pulled" or "pushed".
const char* cause(MigrateWhy why);

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

}  // namespace roost
