#include "sched/placement/energy_aware.hpp"

#include <algorithm>

#include "sched/placement/candidates.hpp"

namespace roost {

namespace {

constexpr ConstantInfo kConstants[]{
    time_constant("half_life", "of the averages of use, of vCPUs and pCPUs", EnergyAware::kHalfLife,
                  std::chrono::microseconds(100), std::chrono::seconds(10)),
};

bool fits(std::uint64_t used, std::uint64_t capacity) { return used * EnergyAware::kFits < capacity * 1024; }

}  // namespace

constexpr PlacementEntry kEnergyAwareEntry{
    {"energy_aware", "where it fits and adds the least energy; when some pCPU is over-utilised: idle, else lightest",
     "Linux 6.1 fair.c find_energy_efficient_cpu()", kConstants},
    [](const PlacementScope& scope, const ConstantValues& constants) -> std::unique_ptr<Placer> {
      return std::make_unique<EnergyAware>(scope.topology, scope.max_vcpus, constants.time("half_life"));
    }};

Placement EnergyAware::choose(const PlacementRequest& request, const LoadView& view) {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  const std::uint64_t own = used_by(request);
  Best best;
  bool roomy = request.last != kNoPcpu;
  for (std::size_t d = 0; d < model_.domains().size() && roomy; ++d)
    roomy = look_at(model_.domains()[d], request, view, own, best);
  if (roomy && best.pcpu != kNoPcpu) return {best.pcpu, PlacementWhy::Rule};
  if (const auto idle = nearest_idle(request, topology_, view)) return *idle;
  return lightest_around(centre_of(request, topology_), kMostSeen, request, topology_, view);
}

/// Of the capacity of a full pCPU. The same again changes nothing.
std::uint64_t EnergyAware::used_by(const PlacementRequest& request) {
  Used& used = used_[request.vcpu];
  const Duration ran = request.around == nullptr ? Duration{0} : request.around->ran();
  if (!used.average.on()) {
    used = {.average = LoadAverage(memory_, request.now), .seen_at = request.now, .ran = ran};
  } else if (ran > used.ran && request.last != kNoPcpu) {
    const Time slept = std::min(used.seen_at + (ran - used.ran), request.now);
    used.average.advance(topology_.place(request.last).capacity, slept);
    used.when_it_slept = used.average.at(0, slept);
    used.ran = ran;
  }
  used.average.advance(0, request.now);
  used.seen_at = std::max(used.seen_at, request.now);
  return std::max(used.average.at(0, request.now), used.when_it_slept);
}

/// Of `pcpu`'s capacity, by others than this vCPU.
std::uint64_t EnergyAware::used_on(PcpuId pcpu, const PlacementRequest& request, const LoadView& view,
                                   std::uint64_t own) const {
  const LoadSnapshot load = view.load(pcpu);
  const std::uint64_t in_use = std::uint64_t{topology_.place(pcpu).capacity} * load.running;
  const LoadAverage average(memory_, load.stamp, view.utilisation(view.runqueue_of(pcpu)));
  const std::uint64_t used = average.at(in_use / std::max<std::uint32_t>(load.pcpus, 1), request.now);
  return pcpu == request.last ? used - std::min(used, own) : used;
}

/// False: one of its pCPUs is over-utilised. Else `best` is that of this domain, if that is better.
bool EnergyAware::look_at(const EnergyModel::PerformanceDomain& domain, const PlacementRequest& request,
                          const LoadView& view, std::uint64_t own, Best& best) const {
  std::uint64_t sum = 0, busiest = 0, least = 0, on_last = 0;
  PcpuId roomiest = kNoPcpu;
  bool has_last = false;
  for (const PcpuId pcpu : domain.pcpus) {
    if (!view.online(pcpu)) continue;
    const std::uint64_t used = used_on(pcpu, request, view, own);
    if (!fits(pcpu == request.last ? used + own : used, domain.capacity)) return false;
    sum += used;
    busiest = std::max(busiest, used);
    if (!request.allowed->contains(pcpu) || !fits(used + own, domain.capacity)) continue;
    if (pcpu == request.last) has_last = true, on_last = used;
    if (roomiest == kNoPcpu || used < least) roomiest = pcpu, least = used;
  }
  const std::uint64_t without = EnergyModel::energy(domain, busiest, sum);
  const auto compare = [&](PcpuId pcpu, std::uint64_t used) {
    const std::uint64_t more = EnergyModel::energy(domain, std::max(busiest, used + own), sum + own) - without;
    if (best.pcpu == kNoPcpu || more < best.energy || (more == best.energy && pcpu == request.last))
      best = {pcpu, more};
  };
  if (has_last) compare(request.last, on_last);
  if (roomiest != kNoPcpu) compare(roomiest, least);
  return true;
}

}  // namespace roost
