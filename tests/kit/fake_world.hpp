// The room: a World on the calling thread, whose clock stands still until a test moves it, and which holds the
// dispatcher to its manners: runqueues in id order, released again, and nothing else done while one is held.
#pragma once

#include <vector>

#include "sched/vocabulary/check.hpp"
#include "vmm/executor/world.hpp"

namespace roost::kit {

class FakeWorld final : public World {
 public:
  Time now() override { return now_; }
  void acquire(RunqueueId rq) override {
    check(held_.size() < 2, "two runqueues at most are held");
    check(held_.empty() || held_.back() < rq, "runqueues are held in id order");
    held_.push_back(rq);
  }
  void release(RunqueueId rq) override {
    check(std::erase(held_, rq) == 1, "a released runqueue was held");
  }
  void kick(PcpuId pcpu, KickHow) override {
    check(held_.empty(), "no kick while a runqueue is held");
    kicks.push_back(pcpu);
  }
  bool awaits_vcpu(PcpuId pcpu) const override { return pcpu == awaits_vcpu_; }
  bool hand(PcpuId pcpu, VcpuId vcpu, Duration slice) override {
    check(held_.size() == 1, "a vCPU is handed over under the lock of one runqueue");
    check(pcpu == awaits_vcpu_, "a vCPU is handed to a pCPU that awaits one");
    awaits_vcpu_ = kNoPcpu;
    handed.push_back({vcpu, slice});
    return asleep;
  }
  bool recording() const override { return true; }
  void record(const Event& event) override {
    check(held_.empty(), "no record while a runqueue is held");
    events.push_back(event);
  }
  PcpuId self() const override { return self_; }

  void advance(Duration by) { now_ += by; }
  void act_as(PcpuId pcpu) { self_ = pcpu; }
  /// `pcpu` polls with nothing to run, until it is handed a vCPU.
  void await_vcpu(PcpuId pcpu) { awaits_vcpu_ = pcpu; }
  bool holds_nothing() const { return held_.empty(); }

  struct Handed {
    VcpuId vcpu;
    Duration slice;
  };
  std::vector<PcpuId> kicks;
  std::vector<Handed> handed;
  bool asleep = false;  // who is handed a vCPU has just fallen asleep
  std::vector<Event> events;

 private:
  Time now_ = time_at(1'000'000);
  PcpuId self_ = kNoPcpu, awaits_vcpu_ = kNoPcpu;
  std::vector<RunqueueId> held_;
};

}  // namespace roost::kit
