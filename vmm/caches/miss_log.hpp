// The room: what private caches asked of the shared levels and did not get yet, in order of (time, pCPU).
// Not here: answers (shared_caches).
// Invariants: each pCPU's requests are in order of time; requests of equal time go by the lower pCPU.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/ids.hpp"
#include "vmm/vcpu/memory_observer.hpp"

namespace roost {

struct MissRequest {
  std::int64_t at_ps = 0;
  std::uint64_t line = 0;
  VcpuId vcpu = kNoVcpu;
  Touch how = Touch::Load;
  bool has_it = false;  // and only asks to write it
};

class MissLog {
 public:
  explicit MissLog(std::size_t pcpus) : queues_(pcpus) {}

  void add(PcpuId pcpu, const MissRequest& request) {
    Queue& queue = queues_[pcpu];
    const bool was_empty = queue.first == queue.requests.size();
    MissRequest& place = queue.requests.emplace_back();  // field by field: a copy of it all waits for its own stores
    place.at_ps = request.at_ps, place.line = request.line, place.vcpu = request.vcpu;
    place.how = request.how, place.has_it = request.has_it;
    if (was_empty) push({request.at_ps, pcpu});
  }
  bool empty() const { return heads_.empty(); }
  std::int64_t next_ps() const { return heads_.front().at_ps; }

  /// The next one's pCPU, and itself: true until drop().
  PcpuId next_pcpu() const { return heads_.front().pcpu; }
  const MissRequest& next() const {
    const Queue& queue = queues_[next_pcpu()];
    return queue.requests[queue.first];
  }
  void drop() {
    Head& head = heads_.front();
    Queue& queue = queues_[head.pcpu];
    if (++queue.first < queue.requests.size()) {
      head.at_ps = std::max(queue.requests[queue.first].at_ps, head.at_ps);
    } else {
      queue.requests.clear(), queue.first = 0;
      head = heads_.back();
      heads_.pop_back();
    }
    sink_first();
  }
  /// The request that `pcpu` will come to in a moment, if it has so many.
  const MissRequest* ahead(PcpuId pcpu, std::size_t places) const {
    const Queue& queue = queues_[pcpu];
    return queue.first + places < queue.requests.size() ? &queue.requests[queue.first + places] : nullptr;
  }

 private:
  struct Queue {
    std::vector<MissRequest> requests;
    std::size_t first = 0;  // those before it are done
  };
  struct Head {
    std::int64_t at_ps;
    PcpuId pcpu;
  };
  static bool later(const Head& a, const Head& b) {
    return a.at_ps != b.at_ps ? a.at_ps > b.at_ps : index(a.pcpu) > index(b.pcpu);
  }
  void push(Head head) {
    heads_.push_back(head);
    std::push_heap(heads_.begin(), heads_.end(), later);
  }
  /// The first may have become later than others.
  void sink_first() {
    for (std::size_t at = 0, child = 1; child < heads_.size(); at = child, child = 2 * at + 1) {
      if (child + 1 < heads_.size() && later(heads_[child], heads_[child + 1])) ++child;
      if (!later(heads_[at], heads_[child])) return;
      std::swap(heads_[at], heads_[child]);
    }
  }

  IdVector<PcpuId, Queue> queues_;
  std::vector<Head> heads_;  // a heap: the first request of each pCPU that has any
};

}  // namespace roost
