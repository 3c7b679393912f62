// The room: a host of a few pCPUs in virtual time, without costs, that carries out what a policy decides: enough to see
// where vCPUs end up and what share they get. Everything happens on the calling thread, in (time, pCPU) order.
// Not here: wake protocols, kicks, stale loads (the executor's worlds have those).
#pragma once

#include <functional>
#include <vector>

#include "sched/policy/policy.hpp"
#include "sched/runqueue/runqueue.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "tests/kit/fake_loads.hpp"

namespace roost::kit {

/// Told of a vCPU when it wakes: how long it will run until it blocks, and for how long it will sleep then.
struct Life {
  Duration run = Duration::max();  // max: it never blocks
  Duration sleep{0};
};
using Lives = std::function<Life(VcpuId, Time now)>;

class ToyHost final : private LoadView {
 public:
  ToyHost(Policy policy, const Topology& topology, const std::vector<VcpuTraits>& vcpus, Lives lives);

  void run_until(Time end);
  Duration ran(VcpuId vcpu) const { return vcpus_[vcpu].ran; }
  PcpuId where(VcpuId vcpu) const { return vcpus_[vcpu].last; }
  std::uint64_t moved() const { return moved_; }  // vCPUs, by plans
  std::uint64_t weight_of(PcpuId pcpu) const { return runqueues_[rq(pcpu)].snapshot(now_).weight; }
  void check_invariants() const;

 private:
  struct Vcpu {
    VcpuTraits traits;
    Life life;
    Duration left{0};     // of life.run
    Duration ran{0};
    Time wakes_at = kNever;
    PcpuId last = kNoPcpu;
  };
  struct Pcpu {
    Time charged_at{};
    Time until = kNever;  // slice end
    bool look = true;     // something happened here
  };

  LoadSnapshot load(RunqueueId id) const override { return runqueues_[id].snapshot(now_); }
  bool online(PcpuId) const override { return true; }
  std::uint64_t online_word(std::size_t) const override { return ~0ULL; }
  std::uint64_t idle(std::size_t word) const override { return flag_word(*this, pcpus_.size(), word, is_idle); }
  std::uint64_t giving(std::size_t word) const override { return flag_word(*this, pcpus_.size(), word, is_giving); }
  static RunqueueId rq(PcpuId pcpu) { return id_at<RunqueueId>(index(pcpu)); }

  Time next_event() const;
  void step();
  void join(PcpuId last, VcpuId vcpu, EnqueueWhy why, PlacementKind kind);
  void charge(PcpuId pcpu);
  void put(PcpuId pcpu);
  void pick(PcpuId pcpu);
  void balance(PcpuId pcpu, Trigger trigger);
  std::uint32_t carry_out(const Plan& plan);
  std::uint32_t exchange(const Plan& plan);
  void move_waiting(VcpuId vcpu, PcpuId from, PcpuId to);
  std::uint32_t move_running(const Plan& plan);

  Policy policy_;
  Lives lives_;
  Time now_{};
  RunqueueTable table_;
  IdVector<RunqueueId, Runqueue> runqueues_;
  IdVector<VcpuId, Vcpu> vcpus_;
  IdVector<PcpuId, Pcpu> pcpus_;
  std::uint64_t moved_ = 0;
};

}  // namespace roost::kit
