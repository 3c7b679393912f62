#include "sched/placement/last_idle_least.hpp"

namespace roost {

namespace {

/// One walk over the candidates, nearest first, that stops at the first idle one.
class Search {
 public:
  Search(const PlacementRequest& request, const LoadView& view) : request_(request), view_(view) {}

  /// True: `pcpu` is idle, look no further.
  bool visit(PcpuId pcpu) {
    if (!request_.allowed->contains(pcpu) || !view_.online(pcpu)) return false;
    const LoadSnapshot load = view_.load(pcpu);
    if (load.idle()) {
      best_ = pcpu;
      found_idle_ = true;
      return true;
    }
    const std::uint64_t weight = load.weight + static_cast<std::uint64_t>(value(request_.weight));
    // weight / capacity < best weight / best capacity, without the division
    if (best_ == kNoPcpu || weight * best_capacity_ < best_weight_ * load.capacity) {
      best_ = pcpu;
      best_weight_ = weight;
      best_capacity_ = load.capacity;
    }
    ++seen_;
    return false;
  }

  Placement result() const {
    check(best_ != kNoPcpu, "a vCPU may run on some online pCPU");
    if (found_idle_) return {best_, best_ == request_.last ? PlacementWhy::Last : PlacementWhy::Idle};
    return {best_, seen_ == 1 ? PlacementWhy::Only : PlacementWhy::LeastLoaded};
  }

 private:
  const PlacementRequest& request_;
  const LoadView& view_;
  PcpuId best_ = kNoPcpu;
  std::uint64_t best_weight_ = 0;
  std::uint64_t best_capacity_ = 1;
  std::size_t seen_ = 0;
  bool found_idle_ = false;
};

}  // namespace

Placement LastIdleLeast::choose(const PlacementRequest& request, const LoadView& view) const {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  PcpuId centre = request.last != kNoPcpu ? request.last : request.waker;
  if (centre == kNoPcpu) centre = PcpuId{0};

  Search search(request, view);
  if (search.visit(centre)) return search.result();
  for (const Topology::Ring& ring : topology_.around(centre))
    for (const PcpuId pcpu : ring.pcpus)
      if (search.visit(pcpu)) return search.result();
  return search.result();
}

}  // namespace roost
