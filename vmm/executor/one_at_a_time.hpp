// The room: a placement whose state is the whole host's, asked by one pCPU at a time.
// Not here: its rules.
// Invariants: its lock is the last that anybody takes.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "sched/placement/placer.hpp"
#include "vmm/host/spinlock.hpp"

namespace roost {

class OneAtATime final : public Placer {
 public:
  explicit OneAtATime(std::unique_ptr<Placer> inner) : inner_(std::move(inner)) {}

  Placement choose(const PlacementRequest& request, const LoadView& view) override {
    const std::lock_guard hold(lock_);
    return inner_->choose(request, view);
  }
  bool heeds_preferred() const override { return inner_->heeds_preferred(); }
  LoadMemory utilisation() const override { return inner_->utilisation(); }
  bool holds_back() const override { return true; }
  void finish(VcpuId vcpu) override {
    const std::lock_guard hold(lock_);
    inner_->finish(vcpu);
  }
  VcpuId next_in_line(const LoadView& view) override {
    const std::lock_guard hold(lock_);
    return inner_->next_in_line(view);
  }
  bool has_place(VcpuId vcpu) const override {
    const std::lock_guard hold(lock_);
    return inner_->has_place(vcpu);
  }

 private:
  mutable host::Spinlock lock_;
  std::unique_ptr<Placer> inner_;
};

}  // namespace roost
