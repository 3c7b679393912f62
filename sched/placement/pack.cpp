#include "sched/placement/pack.hpp"

#include <algorithm>

#include "sched/placement/candidates.hpp"

namespace roost {

namespace {

constexpr ConstantInfo kConstants[]{
    count_constant("most", "vCPUs that a pCPU gets before the next one is used", 1, 1, 1024),
};

}  // namespace

constexpr PlacementEntry kPackEntry{
    {"pack", "the lowest pCPU that is not full: few are used, the others sleep", "first fit, as bins are packed",
     kConstants},
    [](const PlacementScope& scope, const ConstantValues& constants) -> std::unique_ptr<Placer> {
      return std::make_unique<Pack>(scope.topology, static_cast<std::uint32_t>(constants.count("most")));
    }};

Placement Pack::choose(const PlacementRequest& request, const LoadView& view) {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  PcpuId idle = kNoPcpu, roomiest = kNoPcpu;
  std::uint32_t fewest = 0;
  const std::size_t words = words_for(topology_.pcpu_count());
  for (std::size_t w = 0; w < words && most_ == 1 && idle == kNoPcpu; ++w)
    if (const std::uint64_t found = candidates(request, view, w) & view.idle(w))
      idle = lowest_in(w, found);
  if (idle != kNoPcpu) return {idle, idle == request.last ? PlacementWhy::Last : PlacementWhy::Idle};
  for (std::size_t w = 0; w < words; ++w)
    for (std::uint64_t rest = candidates(request, view, w); rest != 0; rest &= rest - 1) {
      const PcpuId pcpu = lowest_in(w, rest);
      const LoadSnapshot load = view.load(pcpu);
      // Of a runqueue that several pCPUs share each has its part.
      const std::uint32_t each = load.runnable() / std::max<std::uint32_t>(load.pcpus, 1);
      if (each < most_) return {pcpu, PlacementWhy::Rule};
      if (roomiest == kNoPcpu || each < fewest) roomiest = pcpu, fewest = each;
    }
  check(roomiest != kNoPcpu, "a vCPU may run on some online pCPU");
  return {roomiest, PlacementWhy::LeastLoaded};
}

}  // namespace roost
