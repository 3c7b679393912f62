// Runqueues that pCPUs share under the earliest deadline first: who runs at any time.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/kit/seeded.hpp"
#include "tests/kit/task_machine.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using Task = kit::TaskMachine::Task;

/// Nobody waits who may run now and preempts what a pCPU runs that it may use; nor beside one that runs nobody.
void expect_the_most_urgent_run(kit::DispatcherScene& scene) {
  const Dispatcher& dispatcher = *scene.dispatcher;
  const Time now = scene.world.now();
  for (std::size_t v = 0; v < dispatcher.vcpus().size(); ++v) {
    const auto id = id_at<VcpuId>(v);
    const VcpuRecord& record = dispatcher.vcpus()[id];
    if (record.state.load() != VcpuState::Queued || dispatcher.eligible_at(id, now) > now) continue;
    const Runqueue& rq = dispatcher.runqueues()[dispatcher.place_of(id).runqueue];
    dispatcher.runqueue_map().for_each_member(record.where.load(), [&](PcpuId p) {
      const VcpuId runs = dispatcher.pcpus()[p].current;
      if (!record.traits.allowed.contains(p)) return;
      EXPECT_TRUE(runs != kNoVcpu && !rq.preempts(id, runs, now))
          << "vCPU " << v << " waits, and pCPU " << index(p) << " runs "
          << (runs == kNoVcpu ? "nobody" : std::to_string(index(runs)));
    });
  }
}

PcpuSet some_of(std::size_t pcpus, kit::Seeded& random) {
  PcpuSet set;
  for (std::size_t p = 0; p < pcpus; ++p)
    if (random.below(2) == 0) set.insert(id_at<PcpuId>(p));
  return set.empty() ? PcpuSet::first(pcpus) : set;
}

TEST(GlobalEdf, TheEarliestDeadlinesRunAtAnyTime) {
  std::size_t looks = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    kit::Seeded random(seed);
    for (const char* const spec : {"edf", "edf,hard=1", "rtds", "rtds,extratime=0"})
      for (const bool restricted : {false, true}) {
        SCOPED_TRACE(random.told() + " " + spec + (restricted ? " restricted" : ""));
        const std::size_t pcpus = 2 + random.below(4);
        std::vector<Task> tasks(1 + random.below(3 * pcpus));
        for (Task& task : tasks) {
          task.period = Duration(random.between(1'000'000, 20'000'000));
          task.budget = task.period * random.between(50, 900) / 1000;
          task.allowed = restricted ? some_of(pcpus, random) : PcpuSet::first(pcpus);
        }
        kit::TaskMachine machine(Topology::flat(pcpus), tasks, spec, Granularity::Machine);
        machine.misses(100ms, [&](kit::DispatcherScene& scene) {
          expect_the_most_urgent_run(scene);
          scene.dispatcher->check_invariants();
          ++looks;
        });
        if (testing::Test::HasFailure()) return;
      }
  }
  EXPECT_GT(looks, 10'000u);
}

}  // namespace
}  // namespace roost
