// The room: published loads as a simulated pCPU sees them: each read costs, and what is read may be old.
// A word of flags costs as much as a load: it is a line that this pCPU shares.
// Invariants: with an age of 0 a read is exact; otherwise it is the state at the last multiple of the age at which
//   somebody read it, so no read is older than twice the age.
#pragma once

#include <vector>

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/time.hpp"
#include "vmm/executor/published_loads.hpp"

namespace roost {

class PricedView final : public LoadView {
 public:
  PricedView(Duration price, Duration age, Time& payer, std::size_t runqueues, bool shares)
      : LoadView(shares), price_(price), age_(age), payer_(payer), copies_(age > Duration{0} ? runqueues : 0),
        flags_(age > Duration{0} ? words_for(runqueues) : 0) {}

  void look_at(const PublishedLoads& published) { published_ = &published; }

  LoadSnapshot load(RunqueueId rq) const override {
    payer_ += price_;
    if (age_ == Duration{0}) return published_->load(rq);
    Copy& copy = copies_[rq];
    const std::int64_t epoch = nanoseconds(payer_) / age_.count();
    if (copy.epoch != epoch) {
      copy = {epoch, published_->load(rq)};
      copy.load.utilisation = published_->utilisation(rq);
    }
    return copy.load;
  }
  using LoadView::load;
  /// It lies on the line of the load, which has been paid for.
  std::uint16_t utilisation(RunqueueId rq) const override {
    return age_ == Duration{0} ? published_->utilisation(rq) : copies_[rq].load.utilisation;
  }
  std::uint64_t idle(std::size_t word) const override {
    payer_ += price_;
    return age_ == Duration{0} ? published_->idle(word) : aged(word).idle;
  }
  std::uint64_t giving(std::size_t word) const override {
    payer_ += price_;
    return age_ == Duration{0} ? published_->giving(word) : aged(word).giving;
  }
  bool online(PcpuId pcpu) const override { return published_->online(pcpu); }
  std::uint64_t online_word(std::size_t word) const override { return published_->online_word(word); }

 private:
  RunqueueId shared_runqueue(PcpuId pcpu) const override { return published_->runqueue_of(pcpu); }
  std::uint64_t shared_fronts(std::size_t word) const override { return published_->fronts(word); }
  std::uint64_t sharers(PcpuId pcpu, std::size_t word) const override { return published_->sharing(pcpu, word); }
  struct Copy {
    std::int64_t epoch = -1;
    LoadSnapshot load;
  };
  struct Flags {
    std::int64_t epoch = -1;
    std::uint64_t idle = 0, giving = 0;
  };
  const Flags& aged(std::size_t word) const {
    const std::int64_t epoch = nanoseconds(payer_) / age_.count();
    if (flags_[word].epoch != epoch) flags_[word] = {epoch, published_->idle(word), published_->giving(word)};
    return flags_[word];
  }
  Duration price_, age_;
  Time& payer_;  // the local time of whoever reads
  const PublishedLoads* published_ = nullptr;
  mutable IdVector<RunqueueId, Copy> copies_;
  mutable std::vector<Flags> flags_;
};

}  // namespace roost
