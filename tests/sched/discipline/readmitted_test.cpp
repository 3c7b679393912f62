// An id that had another vCPU before: under every discipline the new one begins like any other.

#include <gtest/gtest.h>

#include "sched/policy/catalog.hpp"
#include "tests/kit/one_queue.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using namespace std::chrono_literals;

constexpr VcpuId kA{0}, kB{1}, kC{2};

/// Runs whoever is next, who is alone, for `ran` at most. Returns when it stopped.
Time run_alone(Discipline& discipline, Time now, Duration ran) {
  auto pick = discipline.pick(kQueue, now);
  while (pick->vcpu == kNoVcpu) pick = discipline.pick(kQueue, now = pick->until);
  const Time ends = std::min(now + ran, pick->until);
  discipline.charge(kQueue, pick->vcpu, ends - now, ends);
  return ends;
}

/// `vcpu` comes, heavy and with a reservation, runs, sleeps, wakes, runs on and is over within a second.
void live_and_end(Discipline& discipline, VcpuId vcpu) {
  discipline.admit(vcpu, {.weight = Weight{300}, .allowed = PcpuSet::first(1), .reservation = {2ms, 7ms}});
  Time now = at_ms(0);
  EnqueueWhy why = EnqueueWhy::Fork;
  for (int turn = 0; turn < 40; ++turn) {
    discipline.enqueue(kQueue, vcpu, why, now);
    now = run_alone(discipline, now, turn % 3 == 0 ? 500us : 9ms);
    why = turn % 3 == 0 ? EnqueueWhy::Wake : EnqueueWhy::SliceEnd;
    if (why != EnqueueWhy::Wake) continue;
    discipline.leave(kQueue, vcpu, LeaveWhy::Blocked, now);
    now += 1ms;
  }
  discipline.enqueue(kQueue, vcpu, why, now);
  now = run_alone(discipline, now, 300us);
  discipline.leave(kQueue, vcpu, LeaveWhy::Finished, now);
  ASSERT_LT(now, at_ms(1000));
}

/// Who runs when, of A and B, which are new at 1 s and have a heavier C beside them, after another life of `before`.
std::vector<kit::Ran> trace_after(const DisciplineEntry& entry, VcpuId before) {
  const auto discipline = entry.make({.max_vcpus = 4, .runqueues = 1, .seed = 1}, ConstantValues(entry.info));
  live_and_end(*discipline, before);
  for (const VcpuId vcpu : {kA, kB, kC}) {
    discipline->admit(vcpu, {.weight = Weight{vcpu == kC ? 200u : 100u}, .allowed = PcpuSet::first(1)});
    discipline->enqueue(kQueue, vcpu, EnqueueWhy::Fork, at_ms(1000));
  }
  return kit::run_hogs(*discipline, 60, at_ms(1000));
}

class Readmitted : public testing::TestWithParam<const DisciplineEntry*> {};

TEST_P(Readmitted, AnIdBeginsAnewWhateverItsLastVcpuDid) {
  const std::vector<kit::Ran> fresh = trace_after(*GetParam(), VcpuId{3});
  EXPECT_FALSE(fresh.empty());
  EXPECT_EQ(trace_after(*GetParam(), kA), fresh);
}

INSTANTIATE_TEST_SUITE_P(Disciplines, Readmitted, testing::ValuesIn(standard_catalog().disciplines),
                         [](const auto& entry) { return std::string(entry.param->info.name); });

}  // namespace
}  // namespace roost
