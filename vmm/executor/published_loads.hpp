// The room: what each runqueue's holder last said of it, for everyone to read without a lock (law 4).
// Invariants: a cell is written only by the holder of its runqueue; readers may see fields of two writings mixed, which
//   costs a stale plan at worst: every plan is looked at again under the locks.
#pragma once

#include <atomic>

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class PublishedLoads final : public LoadView {
 public:
  explicit PublishedLoads(std::size_t runqueues) : cells_(runqueues) {}

  // ---- the holder of `rq` ----
  void publish(RunqueueId rq, const LoadSnapshot& load) {
    Cell& cell = cells_[rq];
    cell.running.store(load.running, std::memory_order_relaxed);
    cell.waiting.store(load.waiting, std::memory_order_relaxed);
    cell.weight.store(load.weight, std::memory_order_relaxed);
    cell.backlog.store(nanoseconds(load.backlog), std::memory_order_relaxed);
    cell.urgency_running.store(load.urgency_running, std::memory_order_relaxed);
    cell.urgency_waiting.store(load.urgency_waiting, std::memory_order_relaxed);
    cell.capacity.store(load.capacity, std::memory_order_relaxed);
    cell.stamp.store(nanoseconds(load.stamp), std::memory_order_relaxed);
  }

  // ---- any thread ----
  LoadSnapshot load(RunqueueId rq) const override {
    const Cell& cell = cells_[rq];
    LoadSnapshot load;
    load.running = cell.running.load(std::memory_order_relaxed);
    load.waiting = cell.waiting.load(std::memory_order_relaxed);
    load.weight = cell.weight.load(std::memory_order_relaxed);
    load.backlog = Duration{cell.backlog.load(std::memory_order_relaxed)};
    load.urgency_running = cell.urgency_running.load(std::memory_order_relaxed);
    load.urgency_waiting = cell.urgency_waiting.load(std::memory_order_relaxed);
    load.capacity = cell.capacity.load(std::memory_order_relaxed);
    load.stamp = time_at(cell.stamp.load(std::memory_order_relaxed));
    return load;
  }
  using LoadView::load;
  RunqueueId runqueue_of(PcpuId pcpu) const override { return id_at<RunqueueId>(index(pcpu)); }
  bool online(PcpuId pcpu) const override { return index(pcpu) < cells_.size(); }

 private:
  // Relaxed everywhere: a load is a hint and publishes nothing else.
  struct alignas(64) Cell {
    std::atomic<std::uint32_t> running{0}, waiting{0};
    std::atomic<std::uint64_t> weight{0};
    std::atomic<std::int64_t> backlog{0};
    std::atomic<Urgency> urgency_running{kNoUrgency}, urgency_waiting{kNoUrgency};
    std::atomic<std::int64_t> stamp{0};
    std::atomic<std::uint32_t> capacity{1024};
  };
  IdVector<RunqueueId, Cell> cells_;
};

}  // namespace roost
