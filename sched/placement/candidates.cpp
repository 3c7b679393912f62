#include "sched/placement/candidates.hpp"

#include <bit>

namespace roost {

namespace {

template <typename Visit>
void for_each_word(const Topology& topology, Visit visit) {
  for (std::size_t w = 0; 64 * w < topology.pcpu_count(); ++w)
    if (!visit(w)) return;
}

PcpuId nth_bit(std::uint64_t word, std::size_t w, std::size_t nth) {
  for (; nth > 0; --nth) word &= word - 1;
  return id_at<PcpuId>(64 * w + static_cast<std::size_t>(std::countr_zero(word)));
}

std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

std::size_t count_candidates(const PlacementRequest& request, const Topology& topology, const LoadView& view) {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  std::size_t count = 0;
  for_each_word(topology, [&](std::size_t w) {
    count += static_cast<std::size_t>(std::popcount(candidates(request, view, w)));
    return true;
  });
  check(count > 0, "a vCPU may run on some online pCPU");
  return count;
}

PcpuId candidate(const PlacementRequest& request, const Topology& topology, const LoadView& view, std::size_t nth) {
  PcpuId first = kNoPcpu, found = kNoPcpu;
  for_each_word(topology, [&](std::size_t w) {
    const std::uint64_t here = candidates(request, view, w);
    const auto count = static_cast<std::size_t>(std::popcount(here));
    if (first == kNoPcpu && count > 0) first = nth_bit(here, w, 0);
    if (nth < count) found = nth_bit(here, w, nth);
    else nth -= count;
    return found == kNoPcpu;
  });
  if (found != kNoPcpu) return found;
  check(first != kNoPcpu, "a vCPU may run on some online pCPU");
  return first;
}

std::uint64_t draw(std::uint64_t seed, const PlacementRequest& request, std::uint64_t which) {
  const std::uint64_t of_vcpu = mixed(seed + 0x9e3779b97f4a7c15 * (index(request.vcpu) + 1));
  return mixed(of_vcpu + 0x9e3779b97f4a7c15 * (2 * request.turn + which + 1));
}

Placement lightest_around(PcpuId centre, std::size_t most, const PlacementRequest& request, const Topology& topology,
                          const LoadView& view) {
  Lightest lightest(request, view);
  visit_nearest(centre, most, topology, [&](std::size_t w) { return candidates(request, view, w); }, lightest);
  return lightest.result();
}

}  // namespace roost
