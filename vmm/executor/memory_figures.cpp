#include "vmm/executor/memory_figures.hpp"

namespace roost {

namespace {

Lines lines_of(const CostModel& costs, Cost size_in_kib) {
  constexpr std::uint64_t kLinesPerKib = 16;
  return lines(static_cast<std::uint64_t>(costs.figure(size_in_kib)) * kLinesPerKib);
}

}  // namespace

CacheFigures cache_figures(const CostModel& costs) {
  CacheFigures figures;
  figures.private_lines = lines_of(costs, Cost::CacheL2);
  figures.shared_lines = lines_of(costs, Cost::CacheLlc);
  figures.ways = static_cast<std::uint32_t>(costs.figure(Cost::CacheWays));
  figures.private_hit_ns = costs.figure(Cost::HitL2);
  figures.shared_hit_ns = costs.figure(Cost::HitLlc);
  for (std::size_t d = 0; d < kDistances; ++d)
    figures.line_ns[d] = nanoseconds(costs.line(static_cast<Distance>(d)));
  figures.parallel = costs.figure(Cost::MissesInFlight);
  figures.dirty_1024 = costs.figure(Cost::CacheDirty);
  return figures;
}

MemoryFigures memory_figures(const CostModel& costs) {
  constexpr std::uint64_t kPagesPerMib = 256;
  MemoryFigures figures;
  figures.local_ns = costs.figure(Cost::DramLocal);
  figures.remote_ns = costs.figure(Cost::DramRemote);
  figures.move_page_ns = costs.figure(Cost::PageMove);
  figures.hint_fault_ns = costs.figure(Cost::HintFault);
  figures.sampling_period = costs.of(Cost::ScanPeriod);
  figures.sampled_pages = static_cast<std::uint64_t>(costs.figure(Cost::ScanSize)) * kPagesPerMib;
  figures.moves_sampled = costs.figure(Cost::ScanMoves) != 0;
  return figures;
}

GuestCacheFigures guest_cache_figures(const CostModel& costs) {
  constexpr std::size_t kLinesPerKib = 16;
  const auto count = [&](Cost cost) { return static_cast<std::size_t>(costs.figure(cost)); };
  GuestCacheFigures figures;
  figures.l1i_lines = count(Cost::CacheL1i) * kLinesPerKib;
  figures.l1d_lines = count(Cost::CacheL1d) * kLinesPerKib;
  figures.l2_lines = count(Cost::CacheL2) * kLinesPerKib;
  figures.llc_lines = count(Cost::CacheLlc) * kLinesPerKib;
  figures.l1_ways = count(Cost::L1Ways);
  figures.l2_ways = count(Cost::L2Ways);
  figures.llc_ways = count(Cost::LlcWays);
  figures.tlb_entries = count(Cost::TlbEntries);
  figures.tlb_ways = count(Cost::TlbWays);
  figures.instruction_ps = costs.figure(Cost::Instruction);
  figures.l2_ns = costs.figure(Cost::HitL2);
  figures.llc_ns = costs.figure(Cost::HitLlc);
  figures.local_ns = costs.figure(Cost::DramLocal);
  figures.remote_ns = costs.figure(Cost::DramRemote);
  figures.walk_ns = costs.figure(Cost::TlbWalk);
  for (std::size_t d = 0; d < kDistances; ++d)
    figures.line_ns[d] = nanoseconds(costs.line(static_cast<Distance>(d)));
  figures.parallel = costs.figure(Cost::MissesInFlight);
  return figures;
}

}  // namespace roost
