#include "tools/report/finished_run.hpp"

#include <algorithm>

namespace roost {

const char* name_of(RunEnd end) {
  switch (end) {
    case RunEnd::AllStopped: return "all-stopped";
    case RunEnd::TimeLimit: return "time-limit";
    case RunEnd::Interrupted: return "interrupted";
    case RunEnd::Stuck: return "stuck";
  }
  return "unknown";
}

std::optional<Duration> withheld_by_host(const FinishedRun& run) {
  if (!run.cpu_time || run.report.pcpus.empty()) return std::nullopt;
  Duration at_work{0};
  for (const PcpuReport& pcpu : run.report.pcpus) at_work += pcpu.busy + pcpu.overhead;
  // What idle pCPUs polled away and other threads used is in the process's time, too: so "at least".
  return std::max(at_work - *run.cpu_time, Duration{0});
}

}  // namespace roost
