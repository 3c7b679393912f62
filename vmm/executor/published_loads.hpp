// The room: what each runqueue's holder last said of it, for everyone to read without a lock (law 4).
// Invariants: a cell is written only by the holder of its runqueue, and so are the flags of its pCPUs; readers may see
//   fields of two writings mixed: a stale plan at worst, looked at again under the locks. A flag of a shared word is
//   written only when it changes. Where pCPUs share runqueues, the idle flags of a runqueue's pCPUs are what its holder
//   goes by: who is flagged has nothing to run and has not been called.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <utility>
#include <vector>

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/topology/granularity.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class PublishedLoads final : public LoadView {
 public:
  explicit PublishedLoads(RunqueueMap map)
      : LoadView(map.shares()), map_(std::move(map)), cells_(map_.size()), flags_(words_for(map_.pcpus())) {
    for (std::size_t p = 0; p < map_.pcpus(); ++p) {
      set_flag(&Flags::idle, id_at<PcpuId>(p), true);
      set_flag(&Flags::online, id_at<PcpuId>(p), true);
    }
    for (std::size_t rq = 0; rq < map_.size() && shares(); ++rq) {
      fronts_.push_back(map_.lead(id_at<RunqueueId>(rq)));
      set_flag(&Flags::fronts, fronts_[id_at<RunqueueId>(rq)], true);
    }
  }

  const RunqueueMap& map() const { return map_; }

  // ---- the holder of `rq` ----
  void publish(RunqueueId rq, const LoadSnapshot& load) {
    Cell& cell = cells_[rq];
    if (shares()) [[unlikely]] {
      if (load.pcpus > 0) set_flag(&Flags::giving, fronts_[rq], load.available() > 0);
      cell.pcpus.store(load.pcpus, std::memory_order_relaxed);
      cell.called.store(load.called, std::memory_order_relaxed);
    } else {
      // What was flagged last stands in its own cell: the shared words are not even read unless something changes.
      const std::uint32_t ready = load.ready(), own = load.running > 0 ? 0 : 1;
      const Said said = ready > own ? Said::Gives : ready + load.running == 0 ? Said::Idle : Said::Neither;
      if (cell.said.load(std::memory_order_relaxed) != said) say(rq, said);
    }
    cell.running.store(load.running, std::memory_order_relaxed);
    cell.waiting.store(load.waiting, std::memory_order_relaxed);
    cell.dormant.store(load.dormant, std::memory_order_relaxed);
    cell.weight.store(load.weight, std::memory_order_relaxed);
    cell.backlog.store(nanoseconds(load.backlog), std::memory_order_relaxed);
    cell.urgency_running.store(load.urgency_running, std::memory_order_relaxed);
    cell.urgency_waiting.store(load.urgency_waiting, std::memory_order_relaxed);
    cell.capacity.store(load.capacity, std::memory_order_relaxed);
    cell.stamp.store(nanoseconds(load.stamp), std::memory_order_relaxed);
    cell.utilisation.store(load.utilisation, std::memory_order_relaxed);
  }

  /// Of one that shares its runqueue.
  void set_idle(PcpuId pcpu, bool idle) { set_flag(&Flags::idle, pcpu, idle); }

  /// Who is offline is not idle either, so nobody looks for it there.
  void set_online(PcpuId pcpu, bool online) {
    const RunqueueId rq = runqueue_of(pcpu);
    if (shares()) {
      set_flag(&Flags::online, pcpu, online);
      if (!online) set_idle(pcpu, false);
      return choose_front(rq);
    }
    cells_[rq].online.store(online, std::memory_order_relaxed);
    set_flag(&Flags::idle, pcpu, online && load(rq).idle());
    set_flag(&Flags::online, pcpu, online);
  }

  // ---- any thread ----
  LoadSnapshot load(RunqueueId rq) const override {
    const Cell& cell = cells_[rq];
    LoadSnapshot load;
    load.running = cell.running.load(std::memory_order_relaxed);
    load.waiting = cell.waiting.load(std::memory_order_relaxed);
    // Read apart from `waiting`, it may be of another writing; what may run is never less than nothing.
    load.dormant = std::min(cell.dormant.load(std::memory_order_relaxed), load.waiting);
    load.weight = cell.weight.load(std::memory_order_relaxed);
    load.backlog = Duration{cell.backlog.load(std::memory_order_relaxed)};
    load.urgency_running = cell.urgency_running.load(std::memory_order_relaxed);
    load.urgency_waiting = cell.urgency_waiting.load(std::memory_order_relaxed);
    load.capacity = cell.capacity.load(std::memory_order_relaxed);
    load.stamp = time_at(cell.stamp.load(std::memory_order_relaxed));
    if (shares()) {
      load.pcpus = cell.pcpus.load(std::memory_order_relaxed);
      load.called = cell.called.load(std::memory_order_relaxed);
    }
    return load;
  }
  using LoadView::load;
  std::uint16_t utilisation(RunqueueId rq) const override {
    return cells_[rq].utilisation.load(std::memory_order_relaxed);
  }
  std::uint64_t idle(std::size_t word) const override { return flags_[word].idle.load(std::memory_order_relaxed); }
  std::uint64_t giving(std::size_t word) const override { return flags_[word].giving.load(std::memory_order_relaxed); }
  std::uint64_t online_word(std::size_t word) const override {
    return flags_[word].online.load(std::memory_order_relaxed);
  }
  bool online(PcpuId pcpu) const override {  // the holder of its runqueue knows
    if (shares()) return online_word(word_of(pcpu)) & bit_of(pcpu);
    return cells_[runqueue_of(pcpu)].online.load(std::memory_order_relaxed);
  }

 private:
  RunqueueId shared_runqueue(PcpuId pcpu) const override { return map_.of(pcpu); }
  std::uint64_t shared_fronts(std::size_t word) const override {
    return flags_[word].fronts.load(std::memory_order_relaxed);
  }
  std::uint64_t sharers(PcpuId pcpu, std::size_t word) const override { return map_.sharing(pcpu, word); }

  enum class Said : std::uint8_t { Idle, Neither, Gives };  // LoadSnapshot::idle() and available(), of an only pCPU
  // Relaxed everywhere: a load is a hint and publishes nothing else.
  struct alignas(64) Cell {
    std::atomic<std::uint32_t> running{0}, waiting{0};
    std::atomic<std::uint64_t> weight{0};
    std::atomic<std::int64_t> backlog{0};
    std::atomic<Urgency> urgency_running{kNoUrgency}, urgency_waiting{kNoUrgency};
    std::atomic<std::int64_t> stamp{0};
    std::atomic<std::uint32_t> capacity{1024}, dormant{0};
    std::atomic<bool> online{true};                   // where it has one pCPU
    std::atomic<Said> said{Said::Idle};               // likewise
    std::atomic<std::uint16_t> pcpus{1}, called{0};   // where it has several
    std::atomic<std::uint16_t> utilisation{0};
  };
  static_assert(sizeof(Cell) == 64);
  struct alignas(64) Flags {  // of 64 pCPUs
    std::atomic<std::uint64_t> idle{0}, giving{0}, online{0}, fronts{0};
  };
  /// Of a runqueue that has one pCPU.
  void say(RunqueueId rq, Said said) {
    const auto only = id_at<PcpuId>(index(rq));
    cells_[rq].said.store(said, std::memory_order_relaxed);
    set_flag(&Flags::idle, only, said == Said::Idle && cells_[rq].online.load(std::memory_order_relaxed));
    set_flag(&Flags::giving, only, said == Said::Gives);
  }
  void set_flag(std::atomic<std::uint64_t> Flags::*flag, PcpuId pcpu, bool on) {
    std::atomic<std::uint64_t>& word = flags_[word_of(pcpu)].*flag;
    const std::uint64_t bit = bit_of(pcpu);
    if (((word.load(std::memory_order_relaxed) & bit) != 0) == on) return;
    if (on) word.fetch_or(bit, std::memory_order_relaxed);
    else word.fetch_and(~bit, std::memory_order_relaxed);
  }
  /// The lowest online pCPU of a shared runqueue stands for it, and gives for all.
  void choose_front(RunqueueId rq) {
    PcpuId front = kNoPcpu;
    map_.for_each_member(fronts_[rq], [&](PcpuId pcpu) {
      if (front == kNoPcpu && online(pcpu)) front = pcpu;
    });
    set_flag(&Flags::fronts, fronts_[rq], false);
    set_flag(&Flags::giving, fronts_[rq], false);
    if (front == kNoPcpu) return;
    fronts_[rq] = front;
    set_flag(&Flags::fronts, front, true);
    set_flag(&Flags::giving, front, load(rq).available() > 0);
  }

  RunqueueMap map_;
  IdVector<RunqueueId, PcpuId> fronts_;  // of shared ones
  IdVector<RunqueueId, Cell> cells_;
  std::vector<Flags> flags_;
};

}  // namespace roost
