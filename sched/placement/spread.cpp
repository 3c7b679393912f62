#include "sched/placement/spread.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "sched/placement/candidates.hpp"

namespace roost {

namespace {

/// A part of the host, as words of 64 pCPUs: a ball around its pCPUs, or one of them alone.
struct Part {
  const Domain* ball = nullptr;
  PcpuId alone = kNoPcpu;  // where there is no ball

  std::size_t begin() const { return ball ? ball->first_word() : index(alone) / 64; }
  std::size_t end() const { return ball ? ball->end_word() : index(alone) / 64 + 1; }
  std::uint64_t word(std::size_t w) const {
    if (ball) return ball->word(w);
    return index(alone) / 64 == w ? 1ULL << (index(alone) % 64) : 0;
  }
  bool contains(PcpuId pcpu) const { return word(index(pcpu) / 64) >> (index(pcpu) % 64) & 1; }
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
  for (std::size_t w = part.begin(); w < part.end(); ++w)
    for (std::uint64_t rest = part.word(w) & flags(w); rest != 0; rest &= rest - 1)
      visit(id_at<PcpuId>(64 * w + static_cast<std::size_t>(std::countr_zero(rest))));
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
    [](const Topology& topology, const ConstantValues&, std::uint64_t) -> std::unique_ptr<Placer> {
      return std::make_unique<Spread>(topology);
    }};

Placement Spread::choose(const PlacementRequest& request, const LoadView& view) const {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  const auto may = [&](std::size_t w) { return candidates(request, view, w); };
  PcpuId chosen = candidate(request, topology_, view, 0);
  Part whole = part_of(topology_, chosen, Distance::Remote);
  for (const Distance level : {Distance::Node, Distance::Package, Distance::Llc, Distance::Smt, Distance::Same}) {
    Part best;
    Density least;
    for_each(whole, may, [&](PcpuId pcpu) {
      const Part part = part_of(topology_, pcpu, level);
      PcpuId lowest = kNoPcpu;
      for_each(part, may, [&](PcpuId member) { lowest = lowest == kNoPcpu ? member : lowest; });
      if (lowest != pcpu) return;  // this part has been looked at
      const Density density = density_of(part, view);
      const bool holds_last = request.last != kNoPcpu && part.contains(request.last);
      if (best.alone != kNoPcpu && !(density < least) && !(holds_last && !(least < density))) return;
      best = part;
      least = density;
    });
    whole = best;
    chosen = whole.alone;
  }
  return {chosen, PlacementWhy::LeastLoaded};
}

}  // namespace roost
