// Any lawful order of operations on a few runqueues keeps their books and the discipline's own rules.

#include <cstddef>
#include <cstdint>

#include "sched/discipline/reserved.hpp"
#include "sched/discipline/round_robin.hpp"
#include "sched/discipline/weighted_fair.hpp"
#include "tests/kit/rq_walk.hpp"

namespace {

constexpr std::size_t kVcpus = 12, kRunqueues = 3;

void walk(roost::Discipline& discipline, const std::uint8_t* data, std::size_t size) {
  std::size_t at = 0;
  const auto next_byte = [&]() -> std::uint64_t { return at < size ? data[at++] : 0; };
  const auto dice = [&](std::uint64_t bound) {
    std::uint64_t value = next_byte();
    for (std::uint64_t reach = 256; reach < bound; reach *= 256) value = value * 256 + next_byte();
    return value % bound;
  };
  roost::kit::RunqueueWalk scene(discipline, kVcpus, kRunqueues, dice);
  while (at < size) {
    scene.step();
    scene.check_invariants();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  roost::RoundRobin round_robin(kVcpus, kRunqueues);
  walk(round_robin, data, size);
  roost::WeightedFair weighted_fair(kVcpus, kRunqueues);
  walk(weighted_fair, data, size);
  const auto servers = std::make_shared<roost::CbsServers>(kVcpus);
  for (std::size_t v = 0; v < kVcpus; v += 2)
    (*servers)[roost::id_at<roost::VcpuId>(v)] =
        roost::CbsServer({std::chrono::milliseconds(1), std::chrono::milliseconds(7)});
  roost::Reserved reserved(std::make_unique<roost::WeightedFair>(kVcpus, kRunqueues), servers,
                           roost::IdVector<roost::RunqueueId, std::uint32_t>(kRunqueues, 1024));
  walk(reserved, data, size);
  return 0;
}
