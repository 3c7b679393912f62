// The room: the figures of guests' modelled caches, and what is counted of them.
// Not here: where the figures come from (the cost table, vmm/executor).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "sched/topology/topology.hpp"

namespace roost {

struct GuestCacheFigures {
  std::size_t l1i_lines = 512, l1d_lines = 512, l2_lines = 16384, llc_lines = 524288;  // of 64 bytes
  std::size_t l1_ways = 8, l2_ways = 16, llc_ways = 16;                                // at least
  std::size_t tlb_entries = 1536, tlb_ways = 12;
  std::int64_t instruction_ps = 500;  // of an instruction that misses nothing
  std::int64_t l2_ns = 4, llc_ns = 15, local_ns = 110, remote_ns = 190, walk_ns = 30;
  std::array<std::int64_t, kDistances> line_ns{0, 8, 22, 105, 105, 135};  // a line from another core, [Distance]
  std::int64_t parallel = 4;          // misses in flight: of all but atomics, which are waited for in full
};

/// What one vCPU, or all that ran on one pCPU, did to caches. A level's accesses are the misses of the one before.
struct CacheCounts {
  std::uint64_t l1i_hits = 0, l1i_misses = 0;  // lines of code gone on to
  std::uint64_t l1d_hits = 0, l1d_misses = 0;  // loads, stores, atomics
  std::uint64_t tlb_misses = 0;
  std::uint64_t l2_hits = 0, l2_misses = 0;
  std::uint64_t llc_hits = 0;
  std::uint64_t transfers = 0;                 // lines that came from another core, or from where it had written them
  std::uint64_t local = 0, remote = 0;         // lines from memory: of the own node, of another
  std::uint64_t invalidations = 0;             // writes that first had to take the line from others
  std::int64_t waited_ps = 0;                  // for all of these
  std::int64_t reload_ps = 0;                  // of that: for lines that the core still has where the vCPU ran before
  std::int64_t far_ps = 0;                     // of that: by which another node's memory is slower than the own

  CacheCounts& operator+=(const CacheCounts& more);
};

}  // namespace roost
