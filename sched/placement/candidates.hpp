// The room: what placements share: who may be chosen, where to begin, and who is lightest.
// Not here: the rules of any placement.
// Invariants: a candidate is online and one that the vCPU may use; there is one, or the request was wrong.
#pragma once

#include <cstdint>
#include <optional>

#include "sched/placement/placer.hpp"
#include "sched/topology/nearest.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

/// Bit i: pCPU 64 w + i is a candidate.
inline std::uint64_t candidates(const PlacementRequest& request, const LoadView& view, std::size_t w) {
  return request.allowed->word(w) & view.online_word(w);
}
std::size_t count_candidates(const PlacementRequest& request, const Topology& topology, const LoadView& view);
/// The `nth` of them by id, the first being 0, or the first if so many are not there any more.
PcpuId candidate(const PlacementRequest& request, const Topology& topology, const LoadView& view, std::size_t nth);

/// Where it ran last; if it never ran: its waker's; if there is none: the pCPU of its own number, modulo their count.
inline PcpuId centre_of(const PlacementRequest& request, const Topology& topology) {
  if (request.last != kNoPcpu) return request.last;
  if (request.waker != kNoPcpu) return request.waker;
  return id_at<PcpuId>(index(request.vcpu) % topology.pcpu_count());
}

/// Does the whole core of this idle pCPU idle?
inline bool core_is_idle(const Topology& topology, const LoadView& view, PcpuId pcpu) {
  return siblings_flagged(topology, pcpu, [&](std::size_t w) { return view.idle(w) | ~view.online_word(w); });
}

/// The lowest flagged one of `set`; kNoPcpu: none is.
template <typename Flags>
PcpuId lowest_flagged(const PcpuSet& set, Flags flags) {
  for (PcpuId p = set.first_member(); p != kNoPcpu; p = set.next(id_at<PcpuId>(64 * (word_of(p) + 1))))
    if (const std::uint64_t found = set.word(word_of(p)) & flags(word_of(p))) return lowest_in(word_of(p), found);
  return kNoPcpu;
}

/// A number drawn for this request, the same whenever it is made again: splitmix64 (Steele et al. 2014).
std::uint64_t draw(std::uint64_t seed, const PlacementRequest& request, std::uint64_t which);

/// The least weight per capacity, this vCPU's among it, of those that were visited; of equals the one of the nearer
/// ring, and the lower id within a ring.
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
  /// Who is visited now is farther away.
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

/// The pCPU where it ran last, if that idles; else the nearest idle one to centre_of(), the lowest id of its ring.
inline std::optional<Placement> nearest_idle(const PlacementRequest& request, const Topology& topology,
                                             const LoadView& view) {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  const PcpuId idle = nearest(topology, centre_of(request, topology),
                              [&](std::size_t w) { return request.allowed->word(w) & view.idle(w); });
  if (idle == kNoPcpu) return std::nullopt;
  return Placement{idle, idle == request.last ? PlacementWhy::Last : PlacementWhy::Idle};
}

/// Shows `lightest` the `most` nearest flagged pCPUs around `centre`, itself among them if it is flagged.
template <typename Flags>
void visit_nearest(PcpuId centre, std::size_t most, const Topology& topology, Flags flags, Lightest& lightest) {
  const auto visit = [&](PcpuId pcpu) { lightest.visit(pcpu); };
  if (flags(word_of(centre)) & bit_of(centre)) visit(centre);
  for (const Topology::Ring& ring : topology.around(centre)) {
    if (lightest.seen() >= most) break;
    lightest.next_ring();
    visit_some(ring, centre, most - lightest.seen(), flags, visit);
  }
}
/// The lightest of the `most` nearest candidates around `centre`.
Placement lightest_around(PcpuId centre, std::size_t most, const PlacementRequest& request, const Topology& topology,
                          const LoadView& view);

}  // namespace roost
