#include "tools/report/domain_busy.hpp"

#include <algorithm>
#include <map>

namespace roost {

namespace {

struct Part {
  Duration busy{0};
  std::int64_t pcpus = 0;
};
using Parts = std::map<std::uint32_t, Part>;

DomainBusy busy_of(Distance level, const Parts& parts, Duration wall) {
  DomainBusy out{.level = level, .count = parts.size()};
  for (const auto& [number, part] : parts) {
    const double share = static_cast<double>(part.busy.count()) / static_cast<double>(wall.count() * part.pcpus);
    out.mean += share / static_cast<double>(parts.size());
    if (share > out.most) out.most = share, out.busiest = number;
  }
  return out;
}

}  // namespace

std::vector<DomainBusy> busy_by_domain(const FinishedRun& run) {
  const RunReport& report = run.report;
  if (report.wall <= Duration{0} || report.pcpus.size() != run.topology.pcpu_count()) return {};
  Parts llcs, packages, nodes;
  for (std::size_t i = 0; i < report.pcpus.size(); ++i) {
    const PcpuPlace& place = run.topology.place(id_at<PcpuId>(i));
    const Duration busy = report.pcpus[id_at<PcpuId>(i)].busy;
    const auto node = static_cast<std::uint32_t>(place.node);
    for (Part* const part : {&llcs[place.llc], &packages[place.package], &nodes[node]})
      part->busy += busy, ++part->pcpus;
  }
  std::vector<DomainBusy> out;
  if (llcs.size() > packages.size()) out.push_back(busy_of(Distance::Llc, llcs, report.wall));
  if (packages.size() > nodes.size()) out.push_back(busy_of(Distance::Package, packages, report.wall));
  if (nodes.size() > 1) out.push_back(busy_of(Distance::Node, nodes, report.wall));
  return out;
}

}  // namespace roost
