// What every discipline of the catalog owes its callers, whatever its order; a walk finds who does not give it.

#include "sched/contract/contract_walk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sched/discipline/round_robin.hpp"
#include "sched/discipline/static_table.hpp"
#include "sched/policy/catalog.hpp"
#include "tests/kit/broken_discipline.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

using kit::Lie;

constexpr std::uint64_t kSteps = 30'000;

class Contract : public testing::TestWithParam<const DisciplineEntry*> {};

TEST_P(Contract, HoldsOnSharedRunqueuesWithRestrictedPicks) {
  const DisciplineEntry& entry = *GetParam();
  const kit::Seeded seeded(1);
  SCOPED_TRACE(seeded.told());
  const auto make = [&](const DisciplineScope& scope) { return entry.named(scope, ConstantValues(entry.info)); };
  const ContractReport report = walk_contract(make, seeded.seed(), 3, kSteps);
  EXPECT_EQ(report.breach, "") << "seed " << report.seed << "\n" << report.last_steps;
  EXPECT_EQ(report.steps, 3 * kSteps);
  EXPECT_GT(report.tried.picks, report.steps / 20) << "the walk has to schedule something";
  for (const std::uint64_t tried : {report.tried.migrations, report.tried.yields, report.tried.weights})
    EXPECT_GT(tried, 100u);
}

INSTANTIATE_TEST_SUITE_P(Disciplines, Contract, testing::ValuesIn(standard_catalog().disciplines),
                         [](const auto& entry) { return std::string(entry.param->info.name); });

ContractReport walked(Lie lie, bool windows = false) {
  int made = 0;
  const auto make = [&](const DisciplineScope& scope) -> std::unique_ptr<Discipline> {
    const DisciplineEntry& entry = windows ? kStaticTableEntry : kRoundRobinEntry;
    return std::make_unique<kit::Broken>(entry.make(scope, ConstantValues(entry.info)), lie, made++);
  };
  return walk_contract(make, 1, 3, kSteps);
}

TEST(ContractWalk, TellsTheSameWalkAgain) {
  const ContractReport report = walked(Lie::PicksNobody);
  EXPECT_NE(report.breach, "");
  EXPECT_EQ(walked(Lie::PicksNobody).last_steps, report.last_steps);
  EXPECT_EQ(report.seed, 1u);
  EXPECT_THAT(report.last_steps, testing::MatchesRegex("(.*\n)*.* pick on runqueue [01].*: nobody\n"));
}

struct Case {
  Lie lie;
  ContractRule rule;
  const char* did;  // a regular expression
  bool windows = false;
};

class ContractBroken : public testing::TestWithParam<Case> {};

TEST_P(ContractBroken, IsFoundAndNamed) {
  const Case c = GetParam();
  const ContractReport report = walked(c.lie, c.windows);
  const std::string start = "discipline 'broken' broke rule " + std::to_string(static_cast<int>(c.rule) + 1) + ", '" +
                            text_of(c.rule) + "': ";
  ASSERT_TRUE(report.breach.starts_with(start)) << report.breach;
  EXPECT_THAT(report.breach.substr(start.size()), testing::MatchesRegex(c.did));
}

INSTANTIATE_TEST_SUITE_P(
    Lies, ContractBroken,
    testing::Values(
        Case{Lie::LosesOne, ContractRule::CountsWaiting, "it counts [0-9]+; [0-9]+ wait on runqueue [01]"},
        Case{Lie::PicksAgain, ContractRule::PickWaits, "it picked vCPU [0-9]+ on runqueue [01], which .*"},
        Case{Lie::PicksElsewhere, ContractRule::PickWaits,
             "it picked vCPU [0-9]+ on runqueue [01], which waits on runqueue [01]"},
        Case{Lie::PicksUnknown, ContractRule::KnownIds,
             "it picked vCPU 777 on runqueue [01]; there are 24 vCPUs, the first being 0"},
        Case{Lie::PicksForbidden, ContractRule::PickMayRun, "it picked vCPU [0-9]+ on runqueue [01]"},
        Case{Lie::PicksIneligible, ContractRule::PickIsEligible,
             "it picked vCPU [0-9]+ on runqueue [01], which is eligible in 1 ns"},
        Case{Lie::PicksNobody, ContractRule::SomebodyRuns,
             "it picked nobody, and the asker may run vCPU [0-9]+, which waits on runqueue [01]"},
        Case{Lie::SaysNobodyYet, ContractRule::NobodyYet,
             "it said so, and the asker may run vCPU [0-9]+, which waits on runqueue [01]"},
        Case{Lie::SliceOfNothing, ContractRule::SliceIsTime, "it picked vCPU [0-9]+ on runqueue [01] for 0 ns"},
        Case{Lie::SliceOfThePast, ContractRule::SliceIsTime, "it picked vCPU [0-9]+ on runqueue [01] for -5 ns"},
        Case{Lie::LooksAgainLate, ContractRule::LooksAgain, "on runqueue [01] it is to be asked again after .*", true},
        Case{Lie::CountsOneMore, ContractRule::CountsWaiting, "it counts [0-9]+; [0-9]+ wait on runqueue [01]"},
        Case{Lie::CountsDormant, ContractRule::CountsDormant, "it counts [0-9]+ on runqueue [01]; of .*", true},
        Case{Lie::GivesUnknown, ContractRule::KnownIds, "it gives away vCPU 777 from runqueue [01]; there are 24 .*"},
        Case{Lie::GivesWhoRuns, ContractRule::VictimsWait, "it gives away vCPU [0-9]+ from runqueue [01], which .*"},
        Case{Lie::GivesTwice, ContractRule::VictimsWait, "it gives away vCPU [0-9]+ from runqueue [01] twice"},
        Case{Lie::GivesFewer, ContractRule::AllAreVictims, "it gives away [0-9]+; [0-9]+ wait on runqueue [01]"},
        Case{Lie::GivesInOtherOrder, ContractRule::VictimsInOrder,
             "asked for 3 of [0-9]+ on runqueue [01] it gives others than asked for all"},
        Case{Lie::NoUrgency, ContractRule::UrgencyOfWaiting, "[0-9]+ wait on runqueue [01]"},
        Case{Lie::PreemptsByTurns, ContractRule::SameAnswers, "asked twice it differs in preempts.*"},
        Case{Lie::SlicesByItself, ContractRule::SameAnswers, "two of a kind differ in pick.. on runqueue [01]"},
        Case{Lie::ThrowsOutItsOwn, ContractRule::OwnChecks, ".*a rule of its own"},
        Case{Lie::Starves, ContractRule::RunsInTime,
             "vCPU 0 of [0-9]+ on one pCPU has waited for [0-9]+ ns, and was to wait for [0-9]+ ns at most"}));

TEST(ContractWalk, TimesTheWaitsOfThoseWithABound) {
  const ContractReport starves = walked(Lie::Starves);
  EXPECT_THAT(starves.last_steps, testing::MatchesRegex("(.* ns  vCPU [0-9]+ [a-z ]+\n)+"));
  EXPECT_EQ(walked(Lie::None).timed, 3 * kSteps);
}

TEST(ContractWalk, FindsNothingInOneThatIsRight) {
  EXPECT_EQ(walked(Lie::None).breach, "");
  EXPECT_EQ(walked(Lie::None, true).breach, "");
}

}  // namespace
}  // namespace roost
