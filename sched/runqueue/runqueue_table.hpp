// The room: what all runqueues together remember of each vCPU: where it stands, and how long it tends to run.
// Not here: order (discipline), traits other than weight (dispatcher).
// Invariants: a record belongs to whoever holds the runqueue its vCPU is in; of a vCPU in none, to whoever is about to
//   enqueue it. So the table has no lock of its own.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/discipline/discipline.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"

namespace roost {

enum class RunqueuePlace : std::uint8_t { Unknown, Nowhere, Waiting, Running, Finished };

struct alignas(64) RunqueueRecord {  // a cache line each: neighbours are written by other pCPUs
  RunqueuePlace place = RunqueuePlace::Unknown;
  RunqueueId runqueue = kNoRunqueue;  // while Waiting or Running
  Weight weight = kDefaultWeight;
  std::uint32_t discipline = 0;       // the number of the one that knows it
  std::uint32_t runs_as = 0;          // while Running: its place in Runqueue::running()
  Duration burst{0};                  // expected run from switch-in until it blocks, its slice at most
  Duration ran{0};                    // charged since switch-in
  Time waits_since{};                 // while Waiting: since it came to this runqueue
  Duration longest_wait{0};           // on one runqueue, that ended in running
  Time ran_until{};                   // when it last stopped running
};

/// Of the vCPUs that the records place in one runqueue.
struct RunqueueBooks {
  std::size_t waiting = 0, running = 0;
  std::uint64_t weight = 0;       // waiting and running
  Duration waiting_bursts{0};
  std::uint32_t least_discipline = UINT32_MAX, most_discipline = 0;  // that know them
};

class RunqueueTable {  // one per run, owned beside the runqueues
 public:
  /// `discipline`, number 0, orders every runqueue until it is told another, and must live for so long.
  RunqueueTable(Discipline& discipline, std::size_t max_vcpus) : discipline_(&discipline), records_(max_vcpus) {}

  /// Makes `vcpu` known here and to that discipline. Once, before its first enqueue.
  void admit(VcpuId vcpu, const VcpuTraits& traits);

  RunqueueRecord& operator[](VcpuId vcpu) { return records_[vcpu]; }
  const RunqueueRecord& operator[](VcpuId vcpu) const { return records_[vcpu]; }
  bool contains(VcpuId vcpu) const { return records_.contains(vcpu); }
  std::size_t size() const { return records_.size(); }
  auto begin() const { return records_.begin(); }
  auto end() const { return records_.end(); }
  /// The books of runqueues 0 .. count-1 by the records, in one pass.
  IdVector<RunqueueId, RunqueueBooks> books(std::size_t count) const;
  Discipline& discipline() const { return *discipline_; }

 private:
  Discipline* discipline_;
  IdVector<VcpuId, RunqueueRecord> records_;
};

}  // namespace roost
