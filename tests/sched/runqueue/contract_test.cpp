// What a discipline gets wrong ends the run with a sentence that names it and the rule, in every run.

#include "sched/discipline/contract.hpp"

#include <gtest/gtest.h>

#include <array>

#include "sched/discipline/round_robin.hpp"
#include "sched/runqueue/runqueue.hpp"
#include "tests/kit/broken_discipline.hpp"
#include "tests/kit/one_queue.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::Lie;

constexpr std::uint32_t kVcpus = 5;
constexpr std::string_view kStart = "discipline 'broken' broke rule ";

/// vCPUs 0 .. 3 on runqueue 0, vCPU 4 on runqueue 1. Three true slices, then what the lie comes to.
std::string outcome_of(Lie lie) {
  kit::Broken discipline(std::make_unique<RoundRobin>(kVcpus, 2), lie);
  RunqueueTable table(discipline, kVcpus);
  Runqueue rq(table, RunqueueId{0}), other(table, RunqueueId{1});
  for (std::uint32_t v = 0; v < kVcpus; ++v) {
    table.admit(VcpuId{v}, {.allowed = PcpuSet::first(2)});
    (v < 4 ? rq : other).enqueue(VcpuId{v}, EnqueueWhy::Fork, at_ms(0));
  }
  std::array<VcpuId, 2> victims;
  try {
    for (int i = 0; i < 10; ++i) {
      const auto pick = rq.pick(at_ms(i));
      rq.victims(victims);
      rq.charge(pick->vcpu, Duration(1), at_ms(i));
      rq.enqueue(pick->vcpu, EnqueueWhy::SliceEnd, at_ms(i));
      rq.check_invariants();
    }
  } catch (const ContractBreach& breach) {
    const std::string sentence = breach.what();
    EXPECT_TRUE(sentence.starts_with(kStart)) << sentence;
    return sentence.substr(std::min(kStart.size(), sentence.size()));
  }
  return "no breach";
}

TEST(ContractOfARunqueue, NamesTheDisciplineTheRuleTheVcpuAndTheRunqueue) {
  EXPECT_EQ(outcome_of(Lie::None), "no breach");
  EXPECT_EQ(outcome_of(Lie::PicksUnknown),
            "1, 'an id is one of this run's vCPUs': it picked vCPU 777 on runqueue 0; there are 5 vCPUs, the first "
            "being 0");
  EXPECT_EQ(outcome_of(Lie::PicksElsewhere),
            "2, 'a pick is one who waits here': it picked vCPU 4 on runqueue 0, which waits on runqueue 1");
  EXPECT_EQ(outcome_of(Lie::PicksNobody),
            "5, 'nobody is picked only where nobody waits whom the asker may run': it picked nobody, and 4 wait on "
            "runqueue 0");
  EXPECT_EQ(outcome_of(Lie::SaysNobodyYet),
            "6, ''nobody yet' is said only where nobody whom the asker may run is eligible': it says that nobody may "
            "run yet, and that 0 may not; 4 wait on runqueue 0");
  EXPECT_EQ(outcome_of(Lie::SliceOfNothing),
            "7, 'a slice, or the time until 'nobody yet' is to be asked again, is longer than nothing': it picked vCPU "
            "3 on runqueue 0 for 0 ns");
  EXPECT_EQ(outcome_of(Lie::SliceOfThePast),
            "7, 'a slice, or the time until 'nobody yet' is to be asked again, is longer than nothing': it picked vCPU "
            "3 on runqueue 0 for -5 ns");
  EXPECT_EQ(outcome_of(Lie::LosesOne), "9, 'waiting() counts those who wait here': it counts 3 on runqueue 0; 4 wait "
                                       "there");
  EXPECT_EQ(outcome_of(Lie::CountsOneMore),
            "9, 'waiting() counts those who wait here': it counts 5 on runqueue 0; 4 wait there");
  EXPECT_EQ(outcome_of(Lie::GivesUnknown),
            "1, 'an id is one of this run's vCPUs': it gives away vCPU 777 from runqueue 0; there are 5 vCPUs, the "
            "first being 0");
  EXPECT_EQ(outcome_of(Lie::GivesWhoRuns),
            "11, 'victims are vCPUs that wait here, each once': it gives away vCPU 3 from runqueue 0, which runs on "
            "runqueue 0");
  EXPECT_EQ(outcome_of(Lie::GivesFewer), "12, 'everyone who waits may be a victim': asked for 2 it gives away 1; 3 "
                                         "wait on runqueue 0");
}

TEST(ContractOfARunqueue, FindsOneThatIsQueuedTwice) {
  kit::Broken discipline(std::make_unique<RoundRobin>(2, 2), Lie::PicksAgain);
  RunqueueTable table(discipline, 2);
  Runqueue rq(table, RunqueueId{0});
  for (std::uint32_t v = 0; v < 2; ++v) {
    table.admit(VcpuId{v}, {.allowed = PcpuSet::first(2)});
    rq.enqueue(VcpuId{v}, EnqueueWhy::Fork, at_ms(0));
  }
  for (int i = 0; i < 3; ++i) {
    const auto pick = rq.pick(at_ms(i));
    i < 2 ? rq.enqueue(pick->vcpu, EnqueueWhy::Yield, at_ms(i)) : rq.leave(pick->vcpu, LeaveWhy::Blocked, at_ms(i));
  }
  try {
    rq.pick(at_ms(3));
    FAIL();
  } catch (const ContractBreach& breach) {
    EXPECT_EQ(breach.rule(), ContractRule::PickWaits);
    EXPECT_STREQ(breach.what(), "discipline 'broken' broke rule 2, 'a pick is one who waits here': it picked vCPU 0 on "
                                "runqueue 0, which is in no runqueue");
  }
}

}  // namespace
}  // namespace roost
