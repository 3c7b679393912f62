// The room: who is nearest among flagged pCPUs, 64 of them at a time.
// Not here: what the flags mean.
//
// `flags(w)` is a word of flags: bit i is pCPU 64 w + i. Only what lies in the host is looked at.
#pragma once

#include <bit>
#include <cstdint>

#include "sched/topology/topology.hpp"

namespace roost {

/// The nearest flagged pCPU to `centre`, which is the nearest of all; the lowest id of its ring. kNoPcpu: none.
template <typename Flags>
PcpuId nearest(const Topology& topology, PcpuId centre, Flags flags) {
  if (flags(word_of(centre)) & bit_of(centre)) return centre;
  for (const Topology::Ring& ring : topology.around(centre))
    for (std::size_t w = ring.ball->first_word(); w < ring.ball->end_word(); ++w)
      if (const std::uint64_t members = ring.word(w))  // read no flags for nothing
        if (const std::uint64_t found = members & flags(w))
          return lowest_in(w, found);
  return kNoPcpu;
}

/// Are all others of this one's core flagged? Where cores have one pCPU, they are.
template <typename Flags>
bool siblings_flagged(const Topology& topology, PcpuId pcpu, Flags flags) {
  for (const Topology::Ring& ring : topology.around(pcpu)) {
    if (ring.distance != Distance::Smt) break;
    for (std::size_t w = ring.ball->first_word(); w < ring.ball->end_word(); ++w)
      if (const std::uint64_t others = ring.word(w) & ~bit_in(pcpu, w); others != 0 && (others & ~flags(w)) != 0)
        return false;
  }
  return true;
}

/// Visits `most` flagged pCPUs of `ring` around `centre` at most, but never `centre`: from its id upwards, then from
/// the lowest. So different pCPUs look at different parts of a ring that is larger. Returns how many there were.
template <typename Flags, typename Visit>
std::size_t visit_some(const Topology::Ring& ring, PcpuId centre, std::size_t most, Flags flags, Visit visit) {
  const std::size_t begin = ring.ball->first_word(), end = ring.ball->end_word(), own = word_of(centre);
  const std::uint64_t below = bit_of(centre) - 1;  // of its own word
  std::size_t seen = 0;
  const auto visit_word = [&](std::size_t w, std::uint64_t part) {
    std::uint64_t found = ring.word(w) & part;
    if (found != 0) found &= flags(w);
    for (; found != 0 && seen < most; found &= found - 1, ++seen)
      visit(lowest_in(w, found));
  };
  visit_word(own, ~below << 1);  // above it
  for (std::size_t w = own + 1; w < end && seen < most; ++w) visit_word(w, ~0ULL);
  for (std::size_t w = begin; w < own && seen < most; ++w) visit_word(w, ~0ULL);
  if (seen < most) visit_word(own, below);
  return seen;
}

}  // namespace roost
