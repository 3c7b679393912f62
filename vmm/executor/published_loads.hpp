// The room: what each runqueue's holder last said of it, for everyone to read without a lock (law 4).
// Invariants: a cell is written only by the holder of its runqueue; readers may see fields of two writings mixed, which
//   costs a stale plan at worst: every plan is looked at again under the locks. A flag of a word that many share is
//   written only when it changes.
#pragma once

#include <algorithm>
#include <atomic>
#include <vector>

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class PublishedLoads final : public LoadView {
 public:
  explicit PublishedLoads(std::size_t runqueues) : cells_(runqueues), flags_((runqueues + 63) / 64) {
    for (std::size_t rq = 0; rq < runqueues; ++rq) {
      flags_[rq / 64].idle.fetch_or(1ULL << (rq % 64));
      flags_[rq / 64].online.fetch_or(1ULL << (rq % 64));
    }
  }

  // ---- the holder of `rq` ----
  void publish(RunqueueId rq, const LoadSnapshot& load) {
    Cell& cell = cells_[rq];
    // What it said last stands in its own cell: the shared words are not even read unless something changes.
    const LoadSnapshot was{.running = cell.running.load(std::memory_order_relaxed),
                           .waiting = cell.waiting.load(std::memory_order_relaxed),
                           .dormant = cell.dormant.load(std::memory_order_relaxed)};
    Flags& flags = flags_[index(rq) / 64];
    const std::uint64_t bit = 1ULL << (index(rq) % 64);
    if (was.idle() != load.idle()) set(flags.idle, bit, load.idle() && cell.online.load(std::memory_order_relaxed));
    if ((was.available() > 0) != (load.available() > 0)) set(flags.giving, bit, load.available() > 0);
    cell.running.store(load.running, std::memory_order_relaxed);
    cell.waiting.store(load.waiting, std::memory_order_relaxed);
    cell.dormant.store(load.dormant, std::memory_order_relaxed);
    cell.weight.store(load.weight, std::memory_order_relaxed);
    cell.backlog.store(nanoseconds(load.backlog), std::memory_order_relaxed);
    cell.urgency_running.store(load.urgency_running, std::memory_order_relaxed);
    cell.urgency_waiting.store(load.urgency_waiting, std::memory_order_relaxed);
    cell.capacity.store(load.capacity, std::memory_order_relaxed);
    cell.stamp.store(nanoseconds(load.stamp), std::memory_order_relaxed);
  }

  /// Who is offline is not idle either, so nobody looks for it there.
  void set_online(PcpuId pcpu, bool online) {
    const RunqueueId rq = runqueue_of(pcpu);
    const std::uint64_t bit = 1ULL << (index(rq) % 64);
    cells_[rq].online.store(online, std::memory_order_relaxed);
    set(flags_[index(rq) / 64].idle, bit, online && load(rq).idle());
    set(flags_[index(rq) / 64].online, bit, online);
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
    return load;
  }
  using LoadView::load;
  std::uint64_t idle(std::size_t word) const override { return flags_[word].idle.load(std::memory_order_relaxed); }
  std::uint64_t giving(std::size_t word) const override { return flags_[word].giving.load(std::memory_order_relaxed); }
  RunqueueId runqueue_of(PcpuId pcpu) const override { return id_at<RunqueueId>(index(pcpu)); }
  std::uint64_t online_word(std::size_t word) const override {
    return flags_[word].online.load(std::memory_order_relaxed);
  }
  bool online(PcpuId pcpu) const override {  // the holder of its runqueue knows
    return cells_[runqueue_of(pcpu)].online.load(std::memory_order_relaxed);
  }

 private:
  // Relaxed everywhere: a load is a hint and publishes nothing else.
  struct alignas(64) Cell {
    std::atomic<std::uint32_t> running{0}, waiting{0};
    std::atomic<std::uint64_t> weight{0};
    std::atomic<std::int64_t> backlog{0};
    std::atomic<Urgency> urgency_running{kNoUrgency}, urgency_waiting{kNoUrgency};
    std::atomic<std::int64_t> stamp{0};
    std::atomic<std::uint32_t> capacity{1024}, dormant{0};
    std::atomic<bool> online{true};
  };
  struct alignas(64) Flags {  // of 64 runqueues
    std::atomic<std::uint64_t> idle{0}, giving{0}, online{0};
  };
  static void set(std::atomic<std::uint64_t>& word, std::uint64_t bit, bool on) {
    if (on)
      word.fetch_or(bit, std::memory_order_relaxed);
    else
      word.fetch_and(~bit, std::memory_order_relaxed);
  }
  IdVector<RunqueueId, Cell> cells_;
  std::vector<Flags> flags_;
};

}  // namespace roost
