#include "sched/gate/shares.hpp"

#include <algorithm>

namespace roost {

constexpr ShareEntry kVcpuSharesEntry{{"vcpu", "each vCPU has its VM's weight", "Roost", {}, "shares"},
                                      ShareRule::Vcpu};
constexpr ShareEntry kGroupSharesEntry{
    {"group", "a VM's weight is divided among its active vCPUs, as far as they can use it",
     "Xen common/sched/credit.c; Chandra and others, OSDI 2000", {}, "shares"},
    ShareRule::Group};

Weight part_of(Weight whole, std::int64_t active) {
  const std::int64_t part = value(whole) / std::max<std::int64_t>(active, 1);
  return Weight{static_cast<std::uint32_t>(std::max(part, value(kMinWeight)))};
}

void FeasibleWeights::add(Weight each, std::int64_t vcpus) {
  const std::int64_t weight = vcpus * value(each);
  all_.vcpus += vcpus;
  all_.weight += weight;
  for (auto i = static_cast<std::size_t>(each); i <= kLeaves; i += i & (~i + 1)) {
    tree_[i].vcpus += vcpus;
    tree_[i].weight += weight;
  }
}

// The sum of min(p_i, c), less m c, is 0 at c = 0, rises while those who weigh more are more than m, and falls from
// then on; so it is no less than 0 up to the c that is looked for, and less beyond. The greatest whole c of the former
// is found bit by bit: `below` sums up who weighs no more than c.
Weight FeasibleWeights::most(std::int64_t pcpus) const {
  if (all_.vcpus <= pcpus) return kMaxWeight;
  std::size_t most = 0;
  Sum below;
  for (std::size_t step = kLeaves / 2; step > 0; step /= 2) {
    const std::size_t next = most + step;
    const Sum reached{below.vcpus + tree_[next].vcpus, below.weight + tree_[next].weight};
    const auto c = static_cast<std::int64_t>(next);
    if (reached.weight + c * (all_.vcpus - reached.vcpus) < c * pcpus) continue;
    most = next;
    below = reached;
  }
  return std::clamp(Weight{static_cast<std::uint32_t>(most)}, kMinWeight, kMaxWeight);
}

}  // namespace roost
