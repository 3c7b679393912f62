#include "sched/placement/spread.hpp"

#include <algorithm>
#include <array>

#include "sched/placement/candidates.hpp"

namespace roost {

namespace {

/// A part of the host, as words of 64 pCPUs: a ball around its pCPUs, or one of them alone.
struct Part {
  const Domain* ball = nullptr;
  PcpuId alone = kNoPcpu;  // where there is no ball

  std::size_t begin() const { return ball ? ball->first_word() : word_of(alone); }
  std::size_t end() const { return ball ? ball->end_word() : word_of(alone) + 1; }
  std::uint64_t word(std::size_t w) const { return ball ? ball->word(w) : bit_in(alone, w); }
  bool contains(PcpuId pcpu) const { return word(word_of(pcpu)) & bit_of(pcpu); }
};

/// `pcpu` and all that are no farther from it than `far`.
Part part_of(const Topology& topology, PcpuId pcpu, Distance far) {
  Part part{.alone = pcpu};
  for (const Topology::Ring& ring : topology.around(pcpu))
    if (ring.distance <= far) part.ball = ring.ball;
  return part;
}

template <typename Flags, typename Visit>
void for_each(const Part& part, Flags flags, Visit visit) {
  for (std::size_t w = part.begin(); w < part.end(); ++w) for_each_in(w, part.word(w) & flags(w), visit);
}

/// Of those flagged; kNoPcpu: none is any more.
template <typename Flags>
PcpuId lowest(const Part& part, Flags flags) {
  for (std::size_t w = part.begin(); w < part.end(); ++w)
    if (const std::uint64_t found = part.word(w) & flags(w)) return lowest_in(w, found);
  return kNoPcpu;
}

struct Density {
  std::uint64_t weight = 0, capacity = 0;
  bool operator<(const Density& other) const { return weight * other.capacity < other.weight * capacity; }
};

Density density_of(const Part& part, const LoadView& view) {
  Density sum;
  for_each(part, [&](std::size_t w) { return view.online_word(w); },
           [&](PcpuId pcpu) {
             const LoadSnapshot load = view.load(pcpu);
             const std::uint32_t sharers = std::max<std::uint32_t>(load.pcpus, 1);
             sum.weight += load.weight / sharers, sum.capacity += load.capacity / sharers;
           });
  return sum;
}

}  // namespace

constexpr PlacementEntry kSpreadEntry{
    {"spread", "the lightest node, in it the lightest LLC, core, pCPU", "after Linux 6.1 find_idlest_group()", {}},
    make_placer<Spread>};

Placement Spread::choose(const PlacementRequest& request, const LoadView& view) {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  const auto may = [&](std::size_t w) { return candidates(request, view, w); };
  PcpuId chosen = candidate(request, topology_, view, 0);
  Part whole = part_of(topology_, chosen, Distance::Remote);
  for (const Distance level : {Distance::Node, Distance::Package, Distance::Llc, Distance::Smt, Distance::Same}) {
    Part best;
    Density least;
    for_each(whole, may, [&](PcpuId pcpu) {
      const Part part = part_of(topology_, pcpu, level);
      if (lowest(part, may) != pcpu) return;  // this part has been looked at
      const Density density = density_of(part, view);
      const bool holds_last = request.last != kNoPcpu && part.contains(request.last);
      if (best.alone != kNoPcpu && !(density < least) && !(holds_last && !(least < density))) return;
      best = part;
      least = density;
    });
    if (best.alone == kNoPcpu) break;  // all have gone offline since: whoever places looks again
    whole = best;
    chosen = whole.alone;
  }
  return {chosen, PlacementWhy::LeastLoaded};
}

}  // namespace roost
