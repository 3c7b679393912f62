// The room: what sjf and stcf share: a guess at each vCPU's burst, and who waits by it, the shortest first.
// Rules: the plates of sjf and stcf have them. What is expected of a vCPU is told by these; here is who is before whom.
//   With aging, a part of the time of one's coming counts too: since that holds for all, it is as if each expectation
//   shrank by that part of the time waited. A migration goes on with the time waited.
// Invariants: a heap by what is expected; each member knows its position.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "sched/containers/vcpu_heap.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct BurstConstants {
  std::int64_t alpha = 512;  // 1024ths
  Duration first = std::chrono::milliseconds(10);
  std::int64_t aging = 0;    // 1024ths

  static BurstConstants of(const ConstantValues& constants);
};

class ShortestFirst : public Discipline {
 public:
  static constexpr std::int64_t kWhole = 1024;
  static constexpr ConstantInfo kConstants[]{
      count_constant("alpha", "how much the last burst counts in the estimate, in 1024ths", BurstConstants{}.alpha, 0,
                     kWhole),
      time_constant("first", "the estimate of who has not blocked yet", BurstConstants{}.first,
                    std::chrono::microseconds(1), std::chrono::seconds(1000)),
      count_constant("aging", "how much of the time waited is taken off the estimate, in 1024ths; 0: none",
                     BurstConstants{}.aging, 0, kWhole),
  };

  void admit(VcpuId vcpu, const VcpuTraits&) override { jobs_[vcpu] = Job{.tau = constants_.first}; }
  void reweigh(VcpuId, Weight) override {}
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override;
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override;
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override;
  void charge(RunqueueId, VcpuId running, Duration ran, Time) override { jobs_[running].ran += ran; }
  /// The longest first.
  std::size_t victims(RunqueueId rq, std::span<VcpuId> out) const override;
  /// The nanoseconds expected, and those of aging, negative.
  Urgency urgency(RunqueueId rq) const override;
  Urgency urgency_of(VcpuId vcpu) const override { return -nanoseconds(aged(jobs_[vcpu], jobs_[vcpu].since)); }
  std::size_t waiting(RunqueueId rq) const override { return queues_[rq].heap.size(); }
  void fetch(RunqueueId rq) const override { __builtin_prefetch(&queues_[rq]); }
  void fetch(VcpuId vcpu) const override { __builtin_prefetch(&jobs_[vcpu]); }
  void check_invariants(RunqueueId rq) const override;

 protected:
  struct alignas(64) Job {  // of a vCPU
    Duration tau{0};
    Duration ran{0};             // of its burst
    Time since{};                // it waits, or waited last
    std::uint32_t position = 0;  // in the heap, while it waits
  };
  struct Key {
    Duration expected{0};
    Time since{};
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  ShortestFirst(std::size_t max_vcpus, std::size_t runqueues, BurstConstants constants);

  const Job& job(VcpuId vcpu) const { return jobs_[vcpu]; }
  /// expected(job), as it compares with that of others at any time if it came at `since`.
  Duration aged(const Job& job, Time since) const;
  /// Where `job` stands that comes, or comes back, for the reason `why`.
  virtual Key place(const Job& job, EnqueueWhy why) const;

 private:
  /// How much longer its burst is expected to be.
  virtual Duration expected(const Job& job) const = 0;
  /// Until when `job` runs that is picked at `now`.
  virtual Time until(const Job& job, Time now) const = 0;

  using Heap = VcpuHeap<Key>;
  struct alignas(64) Queue {
    Heap heap;
  };
  auto positions() {
    return [this](VcpuId vcpu) -> std::uint32_t& { return jobs_[vcpu].position; };
  }
  auto positions() const {
    return [this](VcpuId vcpu) { return jobs_[vcpu].position; };
  }

  IdVector<VcpuId, Job> jobs_;
  IdVector<RunqueueId, Queue> queues_;
  BurstConstants constants_;
};

}  // namespace roost
