#include "sched/numa/follow_memory.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sched/topology/nearest.hpp"

namespace roost {

namespace {

constexpr FollowMemoryRules kUsual;
constexpr ConstantInfo kConstants[]{
    count_constant("remote", "percent of the samples on other nodes beyond which something moves", kUsual.remote, 0,
                   99),
    time_constant("window", "in which a vCPU moves once, or its pages follow it", kUsual.window,
                  std::chrono::milliseconds(1), std::chrono::seconds(100)),
    time_constant("scan", "work between two markings of pages, unless numa.scan says another", kUsual.scan,
                  std::chrono::microseconds(100), std::chrono::seconds(60)),
};

}  // namespace

constexpr NumaEntry kFollowMemoryEntry{
    {"follow_memory", "a vCPU goes to where its memory is, or its pages come to it",
     "Linux 6.1 fair.c, automatic NUMA balancing", kConstants},
    [](const Topology& topology, std::size_t max_vcpus, const ConstantValues& constants) -> std::unique_ptr<NumaRule> {
      return std::make_unique<FollowMemory>(
          topology, max_vcpus, FollowMemoryRules{.remote = static_cast<std::uint64_t>(constants.count("remote")),
                                                 .window = constants.time("window"),
                                                 .scan = constants.time("scan")});
    }};

FollowMemory::FollowMemory(Topology topology, std::size_t max_vcpus, FollowMemoryRules rules)
    : topology_(std::move(topology)), rules_(rules), nodes_(topology_.node_count()), turns_(max_vcpus) {
  for (std::size_t p = 0; p < topology_.pcpu_count(); ++p)
    nodes_[index(topology_.place(id_at<PcpuId>(p)).node)].insert(id_at<PcpuId>(p));
}

NumaAdvice FollowMemory::advise(const NumaLook& look, const LoadView& view) {
  Turn& turn = turns_[look.vcpu];
  if (look.now < turn.quiet_until) return {.pages_follow = turn.pages_follow};
  turn.pages_follow = false;
  const NodeId here = topology_.place(look.at).node;
  const std::uint64_t all = std::accumulate(look.samples.begin(), look.samples.end(), std::uint64_t{0});
  if (all < FollowMemoryRules::kFewest) return {};
  const std::uint64_t remote = all - look.samples[index(here)];
  if (remote * 100 <= all * rules_.remote) return {};

  turn.quiet_until = look.now + rules_.window;
  const auto most = std::max_element(look.samples.begin(), look.samples.end());
  const auto home = id_at<NodeId>(static_cast<std::size_t>(most - look.samples.begin()));
  if (home != here)
    if (const PcpuId to = idle_on(home, look, view); to != kNoPcpu) return {.to = to};
  turn.pages_follow = true;
  return {.pages_follow = true};
}

PcpuId FollowMemory::idle_on(NodeId node, const NumaLook& look, const LoadView& view) const {
  const Domain& members = nodes_[index(node)];
  return nearest(topology_, look.at, [&](std::size_t word) {
    return members.word(word) & look.allowed->word(word) & view.idle(word);
  });
}

}  // namespace roost
