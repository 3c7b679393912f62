// The room: what private caches asked of the shared levels and did not get yet, in order of (time, pCPU).
// Not here: answers (shared_caches).
// Invariants: each pCPU's requests are in order of time; requests of equal time go by the lower pCPU.
#pragma once

#include <algorithm>
#include <cstdint>
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
    queue.requests.push_back(request);
    if (was_empty) push({request.at_ps, pcpu});
  }
  bool empty() const { return heads_.empty(); }
  std::int64_t next_ps() const { return heads_.front().at_ps; }

  struct Taken {
    PcpuId pcpu;
    MissRequest request;
  };
  Taken take() {
    const PcpuId pcpu = heads_.front().pcpu;
    Queue& queue = queues_[pcpu];
    const Taken taken{pcpu, queue.requests[queue.first++]};
    std::pop_heap(heads_.begin(), heads_.end(), later);
    heads_.pop_back();
    if (queue.first < queue.requests.size())
      push({std::max(queue.requests[queue.first].at_ps, taken.request.at_ps), pcpu});
    else
      queue.requests.clear(), queue.first = 0;
    return taken;
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

  IdVector<PcpuId, Queue> queues_;
  std::vector<Head> heads_;  // a heap: the first request of each pCPU that has any
};

}  // namespace roost
