#include "sched/placement/numa_home.hpp"

#include <algorithm>
#include <utility>

#include "sched/placement/candidates.hpp"
#include "sched/topology/nearest.hpp"

namespace roost {

namespace {

constexpr ConstantInfo kConstants[]{
    count_constant("worth", "percent of distance / 10 that a pCPU elsewhere must be lighter by", NumaHome::kWorth, 0,
                   1000),
};

/// (a - b) / max(a, b) in 1/1024.
std::int64_t relative(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t most = std::max(a, b), far = most - std::min(a, b);
  if (most == 0) return 0;
  const auto part = static_cast<std::int64_t>(far * 1024 / most);
  return a > b ? part : -part;
}

}  // namespace

constexpr PlacementEntry kNumaHomeEntry{
    {"numa_home", "on a home node of free memory and little load; elsewhere when that is worth the distance",
     "after Xen's xl-numa-placement(7) and Linux's preferred nodes", kConstants},
    [](const PlacementScope& scope, const ConstantValues& constants) -> std::unique_ptr<Placer> {
      return std::make_unique<NumaHome>(scope.topology, scope.max_vcpus,
                                        static_cast<std::uint64_t>(constants.count("worth")));
    }};

NumaHome::NumaHome(Topology topology, std::size_t max_vcpus, std::uint64_t worth)
    : topology_(std::move(topology)), worth_(worth), nodes_(topology_.node_count()), homes_(max_vcpus) {
  for (std::size_t p = 0; p < topology_.pcpu_count(); ++p)
    nodes_[index(topology_.place(id_at<PcpuId>(p)).node)].insert(id_at<PcpuId>(p));
}

Placement NumaHome::choose(const PlacementRequest& request, const LoadView& view) {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  Home& home = homes_[request.vcpu];
  const bool settled = request.last != kNoPcpu && request.around != nullptr && request.around->ran() >= kSettles;
  if (!home.chosen || !settled) home = {choose_home(request, view), true};
  if (may_use(home.node, request, view)) return place_at(home.node, request, view);
  if (const auto idle = nearest_idle(request, topology_, view)) return *idle;
  return lightest_around(centre_of(request, topology_), kMostSeen, request, topology_, view);
}

bool NumaHome::may_use(NodeId node, const PlacementRequest& request, const LoadView& view) const {
  const Domain& members = nodes_[index(node)];
  for (std::size_t w = members.first_word(); w < members.end_word(); ++w)
    if ((members.word(w) & candidates(request, view, w)) != 0) return true;
  return false;
}

NumaHome::Room NumaHome::room_of(NodeId node, const PlacementRequest& request, const LoadView& view) const {
  const Domain& members = nodes_[index(node)];
  Room room;
  for (std::size_t w = members.first_word(); w < members.end_word(); ++w)
    for_each_in(w, members.word(w) & view.online_word(w), [&](PcpuId pcpu) {
      const LoadSnapshot load = view.load(pcpu);
      const std::uint32_t sharers = std::max<std::uint32_t>(load.pcpus, 1);
      room.weight += load.weight / sharers, room.capacity += load.capacity / sharers;
    });
  if (request.around != nullptr) room.memory = request.around->free_memory(node);
  return room;
}

bool NumaHome::roomier(const Room& a, const Room& b) {
  const std::int64_t load = relative(b.weight * a.capacity, a.weight * b.capacity);
  const std::int64_t memory = a.memory && b.memory ? relative(*a.memory, *b.memory) : 0;
  return 3 * memory + load > 0;
}

NodeId NumaHome::choose_home(const PlacementRequest& request, const LoadView& view) const {
  std::optional<std::pair<NodeId, Room>> best;
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const auto node = id_at<NodeId>(n);
    if (!may_use(node, request, view)) continue;
    const Room room = room_of(node, request, view);
    if (!best || roomier(room, best->second)) best = {node, room};
  }
  check(best.has_value(), "a vCPU may run on some online pCPU");
  return best->first;
}

/// The nearest whose core idles as a whole, or the nearest at all; kNoPcpu: none idles.
template <typename May>
PcpuId NumaHome::idle_around(PcpuId centre, May may, const LoadView& view) const {
  const auto idle = [&](std::size_t w) {
    const std::uint64_t here = may(w);
    return here == 0 ? 0 : here & view.idle(w);
  };
  const auto idles = [&](std::size_t w) { return view.idle(w) | ~view.online_word(w); };
  const auto whole = [&](std::size_t w) {
    std::uint64_t cores = 0;
    std::size_t seen = 0;
    for_each_in(w, idle(w), [&](PcpuId pcpu) {
      if (seen++ < kMostCores && siblings_flagged(topology_, pcpu, idles)) cores |= bit_of(pcpu);
    });
    return cores;
  };
  const PcpuId core = nearest(topology_, centre, whole);
  return core != kNoPcpu ? core : nearest(topology_, centre, idle);
}

/// It may run there.
Placement NumaHome::place_at(NodeId home, const PlacementRequest& request, const LoadView& view) const {
  const Domain& members = nodes_[index(home)];
  const auto may = [&](std::size_t w) {  // of other nodes nothing is read
    const std::uint64_t here = members.word(w);
    return here == 0 ? 0 : here & candidates(request, view, w);
  };
  PcpuId centre = request.last;
  if (centre == kNoPcpu || !members.contains(centre))
    for (std::size_t w = members.end_word(); w-- > members.first_word();)
      if (may(w) != 0) centre = lowest_in(w, may(w));
  const auto last_idles = [&] { return (may(word_of(centre)) & view.idle(word_of(centre)) & bit_of(centre)) != 0; };
  const PcpuId idle = centre == request.last && last_idles() ? centre : idle_around(centre, may, view);
  if (idle != kNoPcpu) return {idle, idle == request.last ? PlacementWhy::Last : PlacementWhy::Idle};
  Lightest lightest(request, view);
  visit_nearest(centre, kMostSeen, topology_, may, lightest);
  if (lightest.seen() == 0) return lightest_around(centre, kMostSeen, request, topology_, view);  // it has just gone
  const Placement there = lightest.result();
  const PcpuId away =
      nearest(topology_, centre, [&](std::size_t w) { return candidates(request, view, w) & view.idle(w); });
  if (away == kNoPcpu || !is_worth(there.pcpu, away, request, view)) return there;
  return {away, away == request.last ? PlacementWhy::Last : PlacementWhy::Idle};
}

bool NumaHome::is_worth(PcpuId home, PcpuId away, const PlacementRequest& request, const LoadView& view) const {
  const LoadSnapshot here = view.load(home), there = view.load(away);
  const auto own = static_cast<std::uint64_t>(value(request.weight));
  const std::uint64_t distance = topology_.node_distance(topology_.place(home).node, topology_.place(away).node);
  // (here + own) / capacity > (there + own) / capacity * distance / 10 * worth / 100
  return (here.weight + own) * there.capacity * 1000 > (there.weight + own) * here.capacity * distance * worth_;
}

}  // namespace roost
