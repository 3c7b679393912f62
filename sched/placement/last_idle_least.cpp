#include "sched/placement/last_idle_least.hpp"

#include "sched/topology/nearest.hpp"

namespace roost {

constexpr PlacementEntry kLastIdleLeastEntry{
    {"last_idle_least", "the last pCPU if idle, else the nearest idle, else the lightest", "Roost", {}},
    [](const Topology& topology, const ConstantValues&) -> std::unique_ptr<Placer> {
      return std::make_unique<LastIdleLeast>(topology);
    }};

namespace {

/// The lightest of those that were visited, ring by ring outwards from the nearest.
class Lightest {
 public:
  Lightest(const PlacementRequest& request, const LoadView& view) : request_(request), view_(view) {}

  void visit(PcpuId pcpu) {
    if (!view_.online(pcpu) || view_.runqueue_of(pcpu) == last_seen_) return;
    last_seen_ = view_.runqueue_of(pcpu);
    const LoadSnapshot load = view_.load(pcpu);
    ++seen_;
    const std::uint64_t weight = load.weight + static_cast<std::uint64_t>(value(request_.weight));
    // weight / capacity < best weight / best capacity, without the division
    const std::uint64_t here = weight * best_capacity_, there = best_weight_ * load.capacity;
    if (best_ != kNoPcpu && (here == there ? best_ring_ != ring_ || pcpu > best_ : here > there)) return;
    best_ = pcpu;
    best_ring_ = ring_;
    best_weight_ = weight;
    best_capacity_ = load.capacity;
  }
  void next_ring() { ++ring_; }
  std::size_t seen() const { return seen_; }

  Placement result() const {
    check(best_ != kNoPcpu, "a vCPU may run on some online pCPU");
    return {best_, seen_ == 1 ? PlacementWhy::Only : PlacementWhy::LeastLoaded};
  }

 private:
  const PlacementRequest& request_;
  const LoadView& view_;
  PcpuId best_ = kNoPcpu;
  RunqueueId last_seen_ = kNoRunqueue;  // pCPUs that share one tend to come one after the other
  std::uint64_t best_weight_ = 0;
  std::uint64_t best_capacity_ = 1;
  std::size_t ring_ = 0, best_ring_ = 0, seen_ = 0;
};

}  // namespace

PcpuId LastIdleLeast::centre_of(const PlacementRequest& request) const {
  if (request.last != kNoPcpu) return request.last;
  if (request.waker != kNoPcpu) return request.waker;
  return id_at<PcpuId>(index(request.vcpu) % topology_.pcpu_count());
}

Placement LastIdleLeast::choose(const PlacementRequest& request, const LoadView& view) const {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  const PcpuId centre = centre_of(request);
  const PcpuSet& allowed = *request.allowed;
  const auto may = [&](std::size_t word) { return allowed.word(word); };
  const PcpuId idle = nearest(topology_, centre, [&](std::size_t word) { return may(word) & view.idle(word); });
  if (idle != kNoPcpu) return {idle, idle == request.last ? PlacementWhy::Last : PlacementWhy::Idle};

  Lightest lightest(request, view);
  const auto visit = [&](PcpuId pcpu) { lightest.visit(pcpu); };
  const auto here = [&](std::size_t word) { return may(word) & view.online_word(word); };
  if (allowed.contains(centre)) visit(centre);
  for (const Topology::Ring& ring : topology_.around(centre)) {
    if (lightest.seen() >= kMostSeen) break;
    lightest.next_ring();
    visit_some(ring, centre, kMostSeen - lightest.seen(), here, visit);
  }
  return lightest.result();
}

}  // namespace roost
