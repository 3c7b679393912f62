// The room: what a balancer sees of a host that is divided into pools: its own pool.
// Rules: who lies in another pool looks as if it were of the asker's own runqueue: it neither gives, idles nor stands
//   for a runqueue, and a ring that has nobody else leads nowhere.
// Invariants: a runqueue lies within one pool.
#pragma once

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/vocabulary/pcpu_set.hpp"

namespace roost {

class PoolView final : public LoadView {
 public:
  PoolView(const LoadView& all, const PcpuSet& pool) : LoadView(true), all_(all), pool_(pool) {}

  LoadSnapshot load(RunqueueId rq) const override { return all_.load(rq); }
  using LoadView::load;
  bool online(PcpuId pcpu) const override { return pool_.contains(pcpu) && all_.online(pcpu); }
  std::uint64_t online_word(std::size_t word) const override { return all_.online_word(word) & pool_.word(word); }
  std::uint64_t idle(std::size_t word) const override { return all_.idle(word) & pool_.word(word); }
  std::uint64_t giving(std::size_t word) const override { return all_.giving(word) & pool_.word(word); }
  std::uint16_t utilisation(RunqueueId rq) const override { return all_.utilisation(rq); }

 private:
  RunqueueId shared_runqueue(PcpuId pcpu) const override { return all_.runqueue_of(pcpu); }
  std::uint64_t shared_fronts(std::size_t word) const override { return all_.fronts(word) & pool_.word(word); }
  std::uint64_t sharers(PcpuId pcpu, std::size_t word) const override {
    return all_.sharing(pcpu, word) | ~pool_.word(word);
  }

  const LoadView& all_;
  const PcpuSet& pool_;
};

}  // namespace roost
