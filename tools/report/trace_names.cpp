#include "tools/report/trace_names.hpp"

#include <utility>

#include <fmt/format.h>

#include "tools/report/report_totals.hpp"

namespace roost {

std::string migration_name(const FinishedRun& run, const Event& migrate) {
  const std::size_t pcpus = run.topology.pcpu_count();
  const bool known = index(migrate.pcpu) < pcpus && index(migrate.other) < pcpus;
  return fmt::format("{} {} -> {} ({})", cause(static_cast<MigrateWhy>(migrate.detail)), index(migrate.pcpu),
                     index(migrate.other), known ? name_of(run.topology.distance(migrate.pcpu, migrate.other)) : "?");
}

std::string kick_name(const Event& kick) { return fmt::format("kick pCPU {}", index(kick.other)); }

std::string occupant_name(const FinishedRun& run, VcpuId vcpu) {
  return vcpu == kNoVcpu ? "idle" : label_of(run.report.vcpus[vcpu]);
}

std::optional<std::uint16_t> QueueLengths::changed(const Event& event) {
  if (event.kind == EventKind::Migrate || event.kind == EventKind::Kick) return std::nullopt;
  std::uint16_t& length = lengths_[event.pcpu];
  if (std::exchange(length, event.length) == event.length) return std::nullopt;
  return event.length;
}

VcpuId first_of_vm(const RunReport& report, VcpuId vcpu) {
  VcpuId first = vcpu;
  while (index(first) > 0 && report.vcpus[id_at<VcpuId>(index(first) - 1)].vm == report.vcpus[vcpu].vm)
    first = id_at<VcpuId>(index(first) - 1);
  return first;
}

}  // namespace roost
