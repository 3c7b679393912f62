// The room: who plans a move between two parts of a host, where several could.
// Rules: `each`: everyone for itself. `first`: of the pCPUs of a part (what lies within the next smaller ring) that
//   could plan, the one of the lowest number alone looks beyond it, so of each pair of parts one pCPU of each makes
//   plans. Who has run dry, and who has something for an idle pCPU, plans in any case: nothing idles for the sake of
//   order.
// Constants: initiator, each. first makes fewer plans of the same loads, and serves each part more slowly; where those
//   of the first one may not go, its part gives or takes nothing beyond itself until they may.
#pragma once

#include <cstdint>
#include <string_view>

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/constants.hpp"

namespace roost {

enum class Initiator : std::uint8_t { Each, First };

inline constexpr std::string_view kInitiators[]{"each", "first"};
constexpr ConstantInfo initiator_constant() {
  return choice_constant("initiator", "who looks beyond its part of the host: each, or the first of them", kInitiators);
}

/// Under `first`, at ring `level` around `self`: does another pCPU of its part have a lower number, of those whose
/// runqueues `could(word)` flags by their fronts?
template <typename Could>
bool belongs_to_another(PcpuId self, std::size_t level, const Topology& topology, const LoadView& view, Could could) {
  if (level == 0) return false;
  const Domain& part = *topology.around(self)[level - 1].ball;
  for (std::size_t w = part.first_word(); w < part.end_word(); ++w)
    if (const std::uint64_t found = part.word(w) & could(w))
      return lowest_in(w, found) < self && !(view.sharing(self, w) & bit_of(lowest_in(w, found)));
  return false;
}

}  // namespace roost
