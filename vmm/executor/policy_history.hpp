// The room: the policies that are in force, one for each pool, and what is left of those before them.
// Not here: building one (sched/policy), bringing runqueues to its discipline (dispatcher_changes.cpp).
// Invariants: every policy of the run has a number of its own, in the order in which they came; the pools' first ones
//   are the lowest. The number that a pCPU has served (PcpuRecord::policy) is never more than that of the policy that
//   its thread last looked up. So nobody uses the discipline or the balancer of a pool's policy whose number is less
//   than all of these and every runqueue's (Runqueue::discipline_number) in that pool. Its placer stays to the end:
//   wakers that are no pCPU may be slow.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <utility>

#include "sched/policy/policy.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

class PolicyHistory {
 public:
  struct Entry {
    Policy policy;
    std::uint32_t number = 0;
    Time since{};  // 0 of the first
  };

  /// With those of the pools beside it.
  explicit PolicyHistory(Policy first) : in_force_(first.pools.size() + 1) {
    std::vector<Policy> pools = std::exchange(first.pools, {});
    put_in_force(std::move(first), Time{});
    for (Policy& pool : pools) put_in_force(std::move(pool), Time{});
  }

  // ---- before anybody else looks ----
  template <typename Visit>
  void for_each_first(Visit visit) {
    for (Entry& entry : entries_) visit(entry.policy);
  }

  // ---- any thread ----
  /// Acquire, with put_in_force: who finds the pointer finds what it points to.
  const Entry& in_force(PoolId pool) const { return *in_force_[index(pool)].load(std::memory_order_acquire); }
  std::size_t pools() const { return in_force_.size(); }
  template <typename Visit>
  void for_each_in_force(Visit visit) const {
    for (std::size_t p = 0; p < pools(); ++p) visit(in_force(id_at<PoolId>(p)).policy);
  }

  // ---- one thread at a time ----
  /// In its pool.
  const Entry& put_in_force(Policy policy, Time now) {
    const std::size_t pool = index(policy.pool);
    entries_.push_back({std::move(policy), static_cast<std::uint32_t>(entries_.size()), now});
    in_force_[pool].store(&entries_.back(), std::memory_order_release);
    return entries_.back();
  }
  /// Every runqueue's discipline in that pool has this number or a higher one, and every pCPU has served such a one.
  void forget_before(std::uint32_t number, PoolId pool) {
    for (std::uint32_t n = 0; n < number; ++n) {
      if (entries_[n].policy.pool != pool) continue;
      entries_[n].policy.discipline.reset();
      entries_[n].policy.balancer.reset();
    }
  }
  /// In the order in which they came; those of the pools at the beginning first.
  const std::deque<Entry>& all() const { return entries_; }
  /// So many of them were there from the beginning.
  std::size_t changes() const { return entries_.size() - pools(); }

 private:
  std::deque<Entry> entries_;  // never moved
  std::vector<std::atomic<const Entry*>> in_force_;  // by pool
};

}  // namespace roost
