#include "tools/report/gate_words.hpp"

#include <fmt/format.h>

#include "tools/report/report_totals.hpp"
#include "tools/report/units.hpp"

namespace roost {

std::string gate_words(const RunReport& report) {
  std::uint64_t pauses = 0, directed = 0, stops = 0;
  Duration stopped{0};
  for (const PcpuReport& pcpu : report.pcpus) pauses += pcpu.pauses, directed += pcpu.directed;
  for (const VcpuReport& vcpu : report.vcpus) stops += vcpu.co_stops, stopped += vcpu.co_stopped;
  std::string out;
  if (pauses > 0)
    out += fmt::format("Spinning vCPUs came out {}, and gave way to one sibling after {} of these.\n",
                       plural(pauses, "time"), count_text(directed));
  if (stops > 0)
    out += fmt::format("Co-scheduling: vCPUs were stopped {}, for {} of what they waited.\n", plural(stops, "time"),
                       share_text(stopped, totals_of(report).wait));
  return out;
}

}  // namespace roost
