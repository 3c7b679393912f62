// The room: pools: disjoint sets of pCPUs, each under a policy of its own; the first is whatever is left.
// Not here: the policies (policy), who is in which (scenario); pools as mere names of sets of pCPUs.
// Invariants: every pCPU lies in exactly one pool; pCPUs that come and go change nothing here.
#pragma once

#include <span>
#include <utility>

#include "sched/vocabulary/check.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/pcpu_set.hpp"

namespace roost {

enum class PoolId : std::uint32_t {};
inline constexpr PoolId kRestOfPcpus{0};

class Pools {
 public:
  explicit Pools(std::size_t pcpus) { members_.push_back(PcpuSet::first(pcpus)); }

  /// The next pool, of `pcpus`, which have been in none.
  PoolId add(PcpuSet pcpus) {
    if (of_.empty()) of_ = IdVector<PcpuId, PoolId>(members_[kRestOfPcpus].count());
    const PoolId added = members_.end_id();
    pcpus.for_each([&](PcpuId pcpu) {
      check(of_.contains(pcpu) && of_[pcpu] == kRestOfPcpus, "a pCPU lies in one pool");
      of_[pcpu] = added;
      members_[kRestOfPcpus].erase(pcpu);
    });
    members_.push_back(std::move(pcpus));
    return added;
  }
  std::size_t size() const { return members_.size(); }
  bool any() const { return members_.size() > 1; }
  PoolId of(PcpuId pcpu) const { return any() ? of_[pcpu] : kRestOfPcpus; }
  /// Of who may run on these, which lie in one pool.
  PoolId of(const PcpuSet& allowed) const { return any() ? of_[allowed.first_member()] : kRestOfPcpus; }
  const PcpuSet& members(PoolId pool) const { return members_[pool]; }
  /// In the order of their numbers.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const PcpuSet& members : members_) visit(members);
  }
  bool lie_in_one(const PcpuSet& pcpus) const {
    return !any() || pcpus.empty() || (pcpus & members_[of(pcpus)]) == pcpus;
  }

 private:
  IdVector<PoolId, PcpuSet> members_;
  IdVector<PcpuId, PoolId> of_;  // where there are several
};

}  // namespace roost
