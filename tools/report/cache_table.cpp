#include "tools/report/cache_table.hpp"

#include <fmt/format.h>

#include "tools/report/report_totals.hpp"
#include "tools/report/text_table.hpp"
#include "tools/report/units.hpp"

namespace roost {
namespace {

/// "3.1% of 12,345": misses of all that asked.
std::string misses(std::uint64_t hits, std::uint64_t missed) {
  if (hits + missed == 0) return "-";
  return fmt::format("{:.1f}% of {}", 100 * static_cast<double>(missed) / static_cast<double>(hits + missed),
                     count_text(hits + missed));
}

void add_row(TextTable& table, std::string label, const CacheCounts& counts) {
  if (counts.l1i_hits + counts.l1i_misses == 0) return;
  table.row({std::move(label), misses(counts.l1i_hits, counts.l1i_misses), misses(counts.l1d_hits, counts.l1d_misses),
             misses(counts.l2_hits, counts.l2_misses), count_text(counts.llc_hits), count_text(counts.transfers),
             count_text(counts.local), count_text(counts.remote), count_text(counts.tlb_misses),
             duration_text(Duration{counts.waited_ps / 1000})});
}

}  // namespace

std::string cache_table(const RunReport& report) {
  if (!report.simulation.guest_caches) return "";
  TextTable table;
  table.column("caches", Align::Left).column("L1 code misses").column("L1 data misses").column("L2 misses");
  table.column("LLC hits").column("transfers").column("memory").column("other node's").column("TLB misses");
  table.column("waited");
  for (const VcpuReport& vcpu : report.vcpus) add_row(table, label_of(vcpu), vcpu.caches);
  for (PcpuId p{0}; p < report.pcpus.end_id(); p = id_at<PcpuId>(index(p) + 1))
    add_row(table, fmt::format("pCPU {}", index(p)), report.pcpus[p].caches);
  return table.text() + "\n";
}

}  // namespace roost
