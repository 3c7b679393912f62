// The room: a LoadView whose figures a test writes down, one runqueue per pCPU.
#pragma once

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/pcpu_set.hpp"

namespace roost::kit {

/// A pCPU that runs one vCPU and lets `waiting` wait, each of weight 100 and expected to run for `burst`.
inline LoadSnapshot busy(std::uint32_t waiting, Duration burst = std::chrono::milliseconds(1)) {
  return {.running = 1,
          .waiting = waiting,
          .weight = 100 * (1 + std::uint64_t{waiting}),
          .backlog = burst * (1 + waiting)};
}
inline LoadSnapshot idle() { return {}; }

/// The flags of `word` that `flagged(load)` says of each online pCPU of a host of `count`.
template <typename Flagged>
std::uint64_t flag_word(const LoadView& view, std::size_t count, std::size_t word, Flagged flagged) {
  std::uint64_t flags = 0;
  for (std::size_t p = 64 * word; p < count && p < 64 * word + 64; ++p)
    if (view.online(id_at<PcpuId>(p)) && flagged(view.load(id_at<PcpuId>(p)))) flags |= 1ULL << (p % 64);
  return flags;
}
inline bool is_idle(const LoadSnapshot& load) { return load.idle(); }
inline bool is_giving(const LoadSnapshot& load) { return load.available() > 0; }

class FakeLoads final : public LoadView {
 public:
  explicit FakeLoads(std::size_t pcpus) : loads_(pcpus) {}

  LoadSnapshot& operator[](std::size_t pcpu) { return loads_[id_at<PcpuId>(pcpu)]; }
  void take_offline(std::size_t pcpu) { offline_.insert(id_at<PcpuId>(pcpu)); }

  LoadSnapshot load(RunqueueId rq) const override { return loads_[id_at<PcpuId>(index(rq))]; }
  using LoadView::load;
  std::uint16_t utilisation(RunqueueId rq) const override { return load(rq).utilisation; }
  std::uint64_t idle(std::size_t word) const override { return flag_word(*this, loads_.size(), word, is_idle); }
  std::uint64_t giving(std::size_t word) const override { return flag_word(*this, loads_.size(), word, is_giving); }
  bool online(PcpuId pcpu) const override { return !offline_.contains(pcpu); }
  std::uint64_t online_word(std::size_t word) const override { return ~offline_.word(word); }

 private:
  IdVector<PcpuId, LoadSnapshot> loads_;
  PcpuSet offline_;
};

}  // namespace roost::kit
