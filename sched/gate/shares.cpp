#include "sched/gate/shares.hpp"

#include <algorithm>

namespace roost {

constexpr ShareEntry kVcpuSharesEntry{{"vcpu", "each vCPU has its VM's weight", "Roost", {}, "shares"},
                                      ShareRule::Vcpu};
constexpr ShareEntry kGroupSharesEntry{
    {"group", "a VM's weight is divided among its active vCPUs, as far as they can use it",
     "Xen common/sched/credit.c; Chandra and others, OSDI 2000", {}, "shares"},
    ShareRule::Group};

Weight part_of(Weight whole, std::int64_t active, const ActiveVms& others, std::int64_t pcpus) {
  active = std::max<std::int64_t>(active, 1);
  std::int64_t part = value(whole) / active;
  const bool crowded = active + others.vcpus > pcpus;
  if (crowded && active < pcpus) part = std::min(part, others.weight / (pcpus - active));
  return Weight{static_cast<std::uint32_t>(std::clamp(part, value(kMinWeight), value(whole)))};
}

}  // namespace roost
