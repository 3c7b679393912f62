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
  bool recording() const override { return true; }
  void record(const Event& event) override {
    check(held_.empty(), "no record while a runqueue is held");
    events.push_back(event);
  }
  PcpuId self() const override { return self_; }
  std::uint64_t random(RandomStream) override { return 0; }

  void advance(Duration by) { now_ += by; }
  void act_as(PcpuId pcpu) { self_ = pcpu; }
  bool holds_nothing() const { return held_.empty(); }

  std::vector<PcpuId> kicks;
  std::vector<Event> events;

 private:
  Time now_ = time_at(1'000'000);
  PcpuId self_ = kNoPcpu;
  std::vector<RunqueueId> held_;
};

}  // namespace roost::kit
