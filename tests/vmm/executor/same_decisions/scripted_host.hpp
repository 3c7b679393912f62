// The room: the live world's protocol with a scripted clock: pCPUs that do what PinnedWorld's threads do (run, come
//   back, poll, take what is handed over, be rung), one after another, and a clock that stands still meanwhile.
// Not here: prices; the simulated world with free figures must decide the same (same_decisions_test.cpp).
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "vmm/executor/dispatcher.hpp"
#include "vmm/vcpu/stepped_vcpu.hpp"

namespace roost::test {

class ScriptedHost final : public World, public WakeSink {
 public:
  ScriptedHost(Topology topology, Policy policy) : topology_(std::move(topology)), policy_(std::move(policy)) {}

  /// Has `what` changed at `when`, by nobody's pCPU. Before run(); in time order.
  void at(Time when, std::function<void(RunChanges&)> what) { changes_.push_back({when, std::move(what)}); }
  void run(const std::vector<SteppedVcpu*>& vcpus, const std::vector<VcpuTraits>& traits, Time until);
  const std::vector<Event>& events() const { return events_; }
  std::uint64_t handed() const { return handed_; }

  void wake(VcpuId vcpu) override { dispatcher_->wake(vcpu); }

 private:
  struct Message {
    VcpuId vcpu;
    Duration slice;
  };
  struct Change {
    Time at;
    std::function<void(RunChanges&)> make;
  };
  struct Pcpu {
    Dispatcher::Next next;
    Duration left{0};
    Time worked_at{}, acts_at{};
    bool rung = false, polls = false;
    std::optional<Message> message;
  };

  Time now() override { return clock_; }
  void acquire(RunqueueId) override {}
  void release(RunqueueId) override {}
  void kick(PcpuId pcpu, KickHow) override;
  bool awaits_vcpu(PcpuId pcpu) const override { return pcpus_[pcpu].polls; }
  bool hand(PcpuId pcpu, VcpuId vcpu, Duration slice) override;
  bool recording() const override { return true; }
  void record(const Event& event) override { events_.push_back(event); }
  PcpuId self() const override { return acting_; }

  void act(PcpuId id);
  void come_back_from_idle(PcpuId id);
  void go_on(PcpuId id);
  std::optional<Exit> run_vcpu(Pcpu& pcpu);

  Topology topology_;
  Policy policy_;
  std::vector<SteppedVcpu*> vcpus_;
  IdVector<PcpuId, Pcpu> pcpus_;
  std::deque<Change> changes_;
  std::deque<PcpuId> told_;  // who was rung or handed a vCPU, in that order
  Time clock_{};
  PcpuId acting_ = kNoPcpu;
  std::vector<Event> events_;
  std::uint64_t handed_ = 0;
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace roost::test
