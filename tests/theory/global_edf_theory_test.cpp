// Who is in time where m pCPUs share a runqueue and the earliest deadlines run: global EDF, exact and without costs.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/kit/seeded.hpp"
#include "tests/kit/task_machine.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using Task = kit::TaskMachine::Task;

// Goossens, Funk, Baruah (2003): global EDF on m pCPUs misses no deadline where the utilisations sum up to no more than
// m - (m - 1) times the greatest. Sets at that very bound.
TEST(GlobalEdf, MissesNothingWithinTheBoundOfGoossensFunkAndBaruah) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    kit::Seeded random(seed);
    SCOPED_TRACE(random.told());
    const std::size_t pcpus = 2 + random.below(5);
    const std::int64_t greatest = random.between(50, 950);  // thousandths
    std::int64_t left = 1000 * static_cast<std::int64_t>(pcpus) - static_cast<std::int64_t>(pcpus - 1) * greatest;
    std::vector<Task> tasks;
    for (std::int64_t share = greatest; left > 0; share = random.between(1, greatest)) {
      share = std::min(share, left);
      left -= share;
      const Duration period(random.between(1'000, 30'000) * 1000);
      tasks.push_back({period / 1000 * share, period, PcpuSet::first(pcpus)});
    }
    kit::TaskMachine machine(Topology::flat(pcpus), tasks, "edf", Granularity::Machine);
    ASSERT_EQ(machine.misses(400ms), 0u) << pcpus << " pCPUs, " << tasks.size() << " tasks, " << greatest;
  }
}

// Dhall and Liu (1978): m light tasks whose deadlines come first hold all m pCPUs while a heavy one of a slightly
// longer period waits: it misses, though the utilisations sum up to little more than 1. With a pCPU of its own it does
// not.
TEST(GlobalEdf, DhallsTasksMissALittleAboveOneAndDoNotWherePartitioned) {
  for (const std::size_t pcpus : {2, 4, 8, 16}) {
    const PcpuSet all = PcpuSet::first(pcpus);
    std::vector<Task> tasks(pcpus, {100us, 10ms, all});
    tasks.push_back({10ms, 10'050us, all});
    kit::TaskMachine global(Topology::flat(pcpus), tasks, "edf", Granularity::Machine);
    EXPECT_GT(global.misses(500ms), 0u) << pcpus;
    PcpuSet last, others;
    for (std::size_t p = 0; p < pcpus; ++p) (p + 1 == pcpus ? last : others).insert(id_at<PcpuId>(p));
    for (Task& task : tasks) task.allowed = others;
    tasks.back().allowed = last;
    kit::TaskMachine partitioned(Topology::flat(pcpus), tasks, "edf", Granularity::Pcpu);
    EXPECT_EQ(partitioned.misses(500ms), 0u) << pcpus;
  }
}

}  // namespace
}  // namespace roost
