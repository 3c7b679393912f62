#include "sched/placement/wake_affine.hpp"

#include <algorithm>
#include <utility>

#include "sched/topology/nearest.hpp"

namespace roost {

namespace {

constexpr std::string_view kReaches[]{"llc", "machine"};
constexpr ConstantInfo kConstants[]{
    count_constant("scan", "idle pCPUs of a ring whose cores are looked at", WakeAffine::kScan, 1, 4096),
    count_constant("bias", "percent by which the last pCPU's load counts more", WakeAffine::kBias, 0, 100),
    choice_constant("reach", "how far from there an idle pCPU is looked for", kReaches),
};

bool share_llc(const Topology& topology, PcpuId a, PcpuId b) { return topology.distance(a, b) <= Distance::Llc; }

std::uint32_t llc_size(const Topology& topology, PcpuId pcpu) {
  std::size_t size = 1;
  for (const Topology::Ring& ring : topology.around(pcpu))
    if (ring.distance <= Distance::Llc) size = ring.ball->count();
  return static_cast<std::uint32_t>(size);
}

}  // namespace

constexpr PlacementEntry kWakeAffineEntry{
    {"wake_affine", "the waker's LLC or its own, by flips, idleness and load; there an idle core, then an idle pCPU",
     "Linux 6.1 fair.c wake_affine(), wake_wide()", kConstants},
    [](const PlacementScope& scope, const ConstantValues& constants) -> std::unique_ptr<Placer> {
      return std::make_unique<WakeAffine>(
          scope.topology, scope.max_vcpus,
          WakeAffine::Rules{.scan = static_cast<std::size_t>(constants.count("scan")),
                            .bias = static_cast<std::uint64_t>(constants.count("bias")),
                            .reach = constants.choice<WakeAffine::Rules::Reach>("reach")});
    }};

Placement WakeAffine::choose(const PlacementRequest& request, const LoadView& view) {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  if (request.kind != PlacementKind::Wake || request.last == kNoPcpu) {
    if (const auto idle = nearest_idle(request, topology_, view)) return *idle;
    return lightest_around(centre_of(request, topology_), kMostLoads, request, topology_, view);
  }
  const Surroundings::Waker waker = request.around == nullptr ? Surroundings::Waker{} : request.around->waker();
  if (waker.vcpu != kNoVcpu) note(waker.vcpu, request.vcpu, request.now);
  const bool may_be_affine = request.waker != kNoPcpu && request.waker != request.last &&
                             request.allowed->contains(request.waker) && view.online(request.waker);
  const bool wide = may_be_affine && waker.vcpu != kNoVcpu && is_wide(waker.vcpu, request.vcpu, request.waker);
  return idle_sibling(may_be_affine && !wide ? affine(request, view, waker) : request.last, request, view);
}

/// The same again adds nothing.
void WakeAffine::note(VcpuId waker, VcpuId wakee, Time now) {
  Flips& flips = wakers_[waker];
  if (now - flips.decayed_at > kDecay) {
    flips.count /= 2;
    flips.decayed_at = now;
  }
  if (std::exchange(flips.last_wakee, wakee) != wakee) ++flips.count;
}

bool WakeAffine::is_wide(VcpuId waker, VcpuId wakee, PcpuId at) const {
  const auto [slave, master] = std::minmax({wakers_[waker].count, wakers_[wakee].count});
  const std::uint32_t factor = llc_size(topology_, at);
  return slave >= factor && master >= std::uint64_t{slave} * factor;
}

PcpuId WakeAffine::affine(const PlacementRequest& request, const LoadView& view,
                          const Surroundings::Waker& waker) const {
  const auto idles = [&](PcpuId pcpu) { return (view.idle(word_of(pcpu)) & bit_of(pcpu)) != 0; };
  const bool last_idles = idles(request.last);
  if (idles(request.waker) && share_llc(topology_, request.waker, request.last))
    return last_idles ? request.last : request.waker;
  if (waker.blocks && view.load(request.waker).runnable() == 1) return request.waker;
  if (last_idles) return request.last;
  return lighter_at_waker(request, view, waker) ? request.waker : request.last;
}

bool WakeAffine::lighter_at_waker(const PlacementRequest& request, const LoadView& view,
                                  const Surroundings::Waker& waker) const {
  const LoadSnapshot here = view.load(request.waker), there = view.load(request.last);
  std::uint64_t weight = here.weight;
  if (waker.blocks) {
    const auto own = static_cast<std::uint64_t>(value(waker.weight));
    if (own > weight) return true;
    weight -= own;
  }
  weight += static_cast<std::uint64_t>(value(request.weight));
  return weight * 100 * there.capacity < there.weight * (100 + rules_.bias) * here.capacity + (waker.blocks ? 1 : 0);
}

Placement WakeAffine::idle_sibling(PcpuId target, const PlacementRequest& request, const LoadView& view) const {
  const IdleSearch search(request, topology_, view, rules_.scan);
  const auto found = [&](PcpuId pcpu) {
    return Placement{pcpu, pcpu == request.last ? PlacementWhy::Last : PlacementWhy::Idle};
  };
  if (search.idles(target)) return found(target);
  if (share_llc(topology_, target, request.last) && search.idles(request.last)) return found(request.last);
  if (const PcpuId idle = search.in_llc(target); idle != kNoPcpu) return found(idle);
  if (rules_.reach == Rules::Reach::Machine)
    if (const auto idle = nearest_idle(request, topology_, view)) return *idle;
  const PcpuId chosen = nearest(topology_, target, [&](std::size_t w) { return candidates(request, view, w); });
  check(chosen != kNoPcpu, "a vCPU may run on some online pCPU");
  return {chosen, PlacementWhy::Rule};
}

}  // namespace roost
