// The room: published loads as a simulated pCPU sees them: each read costs, and what is read may be old.
// Invariants: with an age of 0 a read is exact; otherwise it is the state at the last multiple of the age at which
//   somebody read it, so no read is older than twice the age.
#pragma once

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

class PricedView final : public LoadView {
 public:
  PricedView(Duration price, Duration age, Time& payer, std::size_t runqueues)
      : price_(price), age_(age), payer_(payer), copies_(age > Duration{0} ? runqueues : 0) {}

  void look_at(const LoadView& published) { published_ = &published; }

  LoadSnapshot load(RunqueueId rq) const override {
    payer_ += price_;
    if (age_ == Duration{0}) return published_->load(rq);
    Copy& copy = copies_[rq];
    const std::int64_t epoch = nanoseconds(payer_) / age_.count();
    if (copy.epoch != epoch) copy = {epoch, published_->load(rq)};
    return copy.load;
  }
  using LoadView::load;
  RunqueueId runqueue_of(PcpuId pcpu) const override { return published_->runqueue_of(pcpu); }
  bool online(PcpuId pcpu) const override { return published_->online(pcpu); }

 private:
  struct Copy {
    std::int64_t epoch = -1;
    LoadSnapshot load;
  };
  Duration price_, age_;
  Time& payer_;  // the local time of whoever reads
  const LoadView* published_ = nullptr;
  mutable IdVector<RunqueueId, Copy> copies_;
};

}  // namespace roost
