#include "sched/placement/candidates.hpp"

#include <bit>

#include "sched/vocabulary/random_stream.hpp"

namespace roost {

namespace {

template <typename Visit>
void for_each_word(const Topology& topology, Visit visit) {
  for (std::size_t w = 0; w < words_for(topology.pcpu_count()); ++w)
    if (!visit(w)) return;
}

PcpuId nth_bit(std::uint64_t word, std::size_t w, std::size_t nth) {
  for (; nth > 0; --nth) word &= word - 1;
  return lowest_in(w, word);
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
  const std::uint64_t of_vcpu = splitmix64(seed + kSplitmixStep * (index(request.vcpu) + 1));
  return splitmix64(of_vcpu + kSplitmixStep * (2 * request.turn + which + 1));
}

Placement lightest_around(PcpuId centre, std::size_t most, const PlacementRequest& request, const Topology& topology,
                          const LoadView& view) {
  Lightest lightest(request, view);
  visit_nearest(centre, most, topology, [&](std::size_t w) { return candidates(request, view, w); }, lightest);
  return lightest.result();
}

}  // namespace roost
