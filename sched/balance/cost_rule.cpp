#include "sched/balance/cost_rule.hpp"

namespace roost {

// With weights F, T and capacities f, t, moving m helps iff (T + m) / t < F / f, that is m < (F t - T f) / f.
std::uint64_t movable_weight(const LoadSnapshot& from, const LoadSnapshot& to) {
  const bool by_weight = from.pcpus == 1 && to.pcpus == 1 && to.dormant == 0;
  if (!by_weight && to.idle() && as_fast(to, from)) return kAnyWeight;
  const std::uint64_t heavy = from.weight * to.capacity;
  const std::uint64_t light = to.weight * from.capacity;
  if (heavy <= light) return 0;
  return (heavy - light - 1) / from.capacity;
}

}  // namespace roost
