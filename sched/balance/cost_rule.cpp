#include "sched/balance/cost_rule.hpp"

#include <algorithm>

namespace roost {

Duration slowed_by(const LoadSnapshot& from, const LoadSnapshot& to) {
  const std::int64_t here = from.capacity / std::max<std::uint16_t>(from.pcpus, 1);
  const std::int64_t there = to.capacity / std::max<std::uint16_t>(to.pcpus, 1);
  return there == 0 ? Duration{0} : expected_run(from) * (here - there) / there;
}

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
