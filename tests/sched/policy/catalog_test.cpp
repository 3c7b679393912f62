#include "sched/policy/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sched/balance/load_balancer.hpp"
#include "sched/discipline/round_robin.hpp"
#include "sched/policy/nearest_name.hpp"
#include "sched/policy/other_names.hpp"
#include "sched/policy/spec.hpp"
#include "tests/kit/fake_loads.hpp"

namespace roost {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

std::string refusal(std::string_view spec) {
  const auto policy = make_policy(spec, Topology::flat(2), 4);
  return policy ? "taken" : policy.error().sentence;
}

TEST(Catalog, EveryPresetCanBeMade) {
  const Catalog catalog = standard_catalog();
  for (const PresetInfo& preset : catalog.presets) {
    const auto policy = make_policy(preset.name, Topology::flat(2), 4);
    ASSERT_TRUE(policy) << policy.error().sentence;
    EXPECT_EQ(policy->name, preset.name);
    EXPECT_TRUE(policy->discipline && policy->placer && policy->balancer);
  }
}

TEST(Catalog, EveryPieceCanBeMadeWithEveryBoundOfItsConstants) {
  for (const PieceKind kind : kPieceKinds) {
    for (const PieceInfo* piece : standard_catalog().pieces(kind)) {
      const std::string spec = "roost," + std::string(name_of(kind)) + "=" + std::string(piece->name);
      EXPECT_EQ(refusal(spec), "taken");
      EXPECT_FALSE(piece->about.empty() || piece->source.empty());
      for (const ConstantInfo& constant : piece->constants) {
        EXPECT_LE(constant.least, constant.usual);
        EXPECT_LE(constant.usual, constant.most);
        const std::string set = spec + "," + std::string(piece->name) + "." + std::string(constant.name) + "=";
        EXPECT_EQ(refusal(set + to_text(constant, constant.least)), "taken");
        EXPECT_EQ(refusal(set + to_text(constant, constant.most)), "taken");
      }
    }
  }
}

TEST(Catalog, ADisciplineIsAPolicyOfTheDefaultsOtherPieces) {
  for (const PieceInfo* piece : standard_catalog().pieces(PieceKind::Discipline)) {
    const auto spec = parse_policy_spec(piece->name);
    ASSERT_TRUE(spec) << spec.error().sentence;
    EXPECT_EQ(&spec->discipline.entry->info, piece);
    EXPECT_EQ(spec->balance.entry->info.name, standard_catalog().presets.front().balance);
  }
}

TEST(Catalog, TheDefaultIsThere) { EXPECT_EQ(refusal(kDefaultPolicy), "taken"); }

TEST(Catalog, ConstantsReachTheirPieces) {
  auto policy = make_policy("round_robin,balance=none,slice=2ms", Topology::flat(1), 1);
  ASSERT_TRUE(policy);
  policy->discipline->admit(VcpuId{0}, {.allowed = PcpuSet::first(1)});
  policy->discipline->enqueue(RunqueueId{0}, VcpuId{0}, EnqueueWhy::Fork, time_at(0));
  EXPECT_EQ(policy->discipline->pick(RunqueueId{0}, time_at(0))->until, time_at(0) + milliseconds(2));
  EXPECT_EQ(policy->balancer->next_due(PcpuId{0}, time_at(0)), kNever);

  policy = make_policy("roost,period=3ms", Topology::flat(1), 1);
  EXPECT_EQ(policy->balancer->next_due(PcpuId{0}, time_at(0)), time_at(0) + milliseconds(3));

  const auto memory = [](const char* spec) { return make_policy(spec, Topology::flat(1), 1)->balancer->memory(); };
  EXPECT_EQ(memory("roost,balance=domains"), LoadMemory{});
  EXPECT_EQ(memory("roost,balance=domains,half_life=32ms"), LoadMemory{.length = milliseconds(32)});
  EXPECT_EQ(memory("roost,balance=domains,half_life=32ms,average_over=1s"),
            (LoadMemory{.by = LoadMemory::By::Window, .length = milliseconds(1000)}));
}

TEST(Catalog, WordsMayComeInAnyOrder) {
  EXPECT_EQ(refusal("round_robin,latency=2ms,discipline=weighted_fair"), "taken");
  EXPECT_EQ(refusal("round_robin,discipline=weighted_fair,latency=2ms"), "taken");
}

TEST(Catalog, RefusalsNameWhatIsWrongAndTheNearest) {
  EXPECT_THAT(refusal("rost"), HasSubstr("'rost' is none; did you mean 'roost' or 'host'?"));
  EXPECT_THAT(refusal("zzz"), HasSubstr("there are 'roost', '"));
  EXPECT_THAT(refusal(""), HasSubstr("the first word names a preset"));
  EXPECT_THAT(refusal("balance=none"), HasSubstr("the first word names a preset"));
  EXPECT_THAT(refusal("roost,balance=nine"), HasSubstr("'nine' is no balance; did you mean 'none'?"));
  EXPECT_THAT(refusal("roost,ballance=none"), HasSubstr("ballance"));
  EXPECT_THAT(refusal("roost,slise=2ms"), HasSubstr("did you mean 'slice'?"));
  EXPECT_THAT(refusal("round_robin,latency=2ms"), HasSubstr("has a constant 'latency'"));
  EXPECT_THAT(refusal("roost,skew=1ms"), HasSubstr("has a constant 'skew'; 'cosched=relaxed' has one"));
  EXPECT_THAT(refusal("roost,groups=mean"), HasSubstr("'balance=domains' and 'balance=proxy' have one"));
  EXPECT_THAT(refusal("roost,slice"), HasSubstr("write name=value"));
  EXPECT_THAT(refusal("roost,"), HasSubstr("write name=value"));
  EXPECT_THAT(refusal("roost,slice=2"), HasSubstr("'2' is no span of time"));
  EXPECT_THAT(refusal("roost,slice=2ms,slice=3ms"), HasSubstr("said twice"));
  EXPECT_THAT(refusal("roost,place=pack,placement=spread"), HasSubstr("said twice"));
  EXPECT_EQ(refusal("roost,place=pack,most=2"), "taken");
  EXPECT_THAT(refusal("roost,round_robin.slice=2ms"), HasSubstr("round_robin is not chosen"));
  EXPECT_THAT(refusal("roost,slice=2ms,weighted_fair.slice=3ms"), HasSubstr("said twice"));
  EXPECT_THAT(refusal("roost,slice=0ms"), HasSubstr("outside 1us .. 10s; usual is 1ms"));
}

TEST(PolicySpec, DurationsAreWholeNumbersOfUnits) {
  EXPECT_EQ(*parse_duration("2ms"), milliseconds(2));
  EXPECT_EQ(*parse_duration("0ns"), Duration(0));
  EXPECT_EQ(*parse_duration("9223372036s"), seconds(9223372036));
  for (const std::string_view bad :
       {"", "ms", "2", "-1ms", "1.5ms", "2 ms", "2mss", "9223372037s", "99999999999999999999ns"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
  EXPECT_EQ(to_text(microseconds(1500)), "1500us");
  EXPECT_EQ(to_text(seconds(2)), "2s");
}

// ---- constants that are numbers, and two pieces with a constant of one name ----

constexpr ConstantInfo kLevels[]{count_constant("levels", "how many", 3, 1, 9)};
constexpr DisciplineEntry kLevelled{
    {"levelled", "a discipline with a number to set", "this test", kLevels},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      check(constants.count("levels") == 5, "the number arrives");
      return kRoundRobinEntry.make(scope, ConstantValues(kRoundRobinEntry.info));
    }};
constexpr ConstantInfo kSlice[]{time_constant("slice", "of time", milliseconds(1), {}, seconds(1))};
constexpr BalanceEntry kSliced{{"sliced", "a balancer with a slice", "this test", kSlice},
                               [](const Topology& topology, const ConstantValues&) -> std::unique_ptr<Balancer> {
                                 return kNoneEntry.make(topology, ConstantValues(kNoneEntry.info));
                               }};

std::string refusal_of(std::string_view spec) {
  Catalog catalog = standard_catalog();
  catalog.disciplines.push_back(&kLevelled);
  catalog.balances.push_back(&kSliced);
  const Topology topology = Topology::flat(1);
  const auto policy = make_policy(spec, {.topology = topology, .max_vcpus = 1}, catalog);
  return policy ? "taken" : policy.error().sentence;
}

TEST(Catalog, AConstantMayBeANumber) {
  EXPECT_EQ(refusal_of("levelled,levels=5"), "taken");
  EXPECT_THAT(refusal_of("levelled,levels=5ms"), HasSubstr("levels: '5ms' is no whole number"));
  EXPECT_THAT(refusal_of("levelled,levels=10"), HasSubstr("levels=10 lies outside 1 .. 9; usual is 3"));
}

TEST(Catalog, AConstantOfTwoPiecesMustSayWhose) {
  EXPECT_THAT(refusal_of("roost,balance=sliced,slice=2ms"),
              HasSubstr("'slice' is a constant of weighted_fair and of sliced; say which, as weighted_fair.slice"));
  EXPECT_EQ(refusal_of("roost,balance=sliced,sliced.slice=2ms"), "taken");
}

TEST(NearestName, CountsLetters) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("same", "same"), 0u);
}

std::string start_for(const std::string& wrong) {
  const auto policy = make_policy(wrong, Topology::flat(2), 4);
  const std::string sentence = policy ? "it was taken" : policy.error().sentence;
  return sentence.substr(sentence.find(';') + 2);
}

TEST(NearestName, IsMeantWhateverTheCapitalsAndDashes) {
  EXPECT_EQ(start_for("CFS"), "did you mean 'cfs'?");
  EXPECT_EQ(start_for("Round-Robin"), "did you mean 'round_robin'?");
  EXPECT_EQ(start_for("ROOST"), "did you mean 'roost'?");
  EXPECT_EQ(start_for("Credit3"), "did you mean 'credit2' or 'credit'?") << "a letter too many, or the wrong one";
}

TEST(NearestName, IsMeantByWhatOthersCallIt) {
  EXPECT_EQ(start_for("arinc653"), "did you mean 'static_table'?");
  EXPECT_EQ(start_for("ARINC-653"), "did you mean 'static_table'?") << "and nearly so";
  EXPECT_EQ(start_for("rr"), "did you mean 'round_robin'?");
  EXPECT_EQ(start_for("SCHED_RR"), "did you mean 'round_robin'?");
  EXPECT_EQ(start_for("o1"), "did you mean 'priority_arrays'?");
  EXPECT_EQ(start_for("sedf"), "did you mean 'edf'?");
  EXPECT_EQ(start_for("fcfs"), "did you mean 'fifo'?");
}

TEST(NearestName, IsMeantByItsWords) {
  EXPECT_EQ(start_for("xen-sedf-credit"), "did you mean 'xen-credit'?");
  EXPECT_EQ(start_for("vanilla-cfs"), "did you mean 'cfs'?");
  EXPECT_EQ(start_for("priority"), "did you mean 'priority_arrays'?");
  EXPECT_EQ(start_for("xyzzy").substr(0, 33), "there are 'roost', 'esx-relaxed',") << "nothing is near: all of them";
}

TEST(NearestName, OfOtherNamesOnlyWhatIsKnownCounts) {
  constexpr std::string_view kKnown[]{"pull", "push"};
  constexpr OtherName kOthers[]{{"steal", "pull"}, {"steal", "elsewhere"}};
  EXPECT_EQ(suggestion("steal", kKnown, kOthers), "did you mean 'pull'?");
  EXPECT_EQ(suggestion("xyzzy", kKnown, kOthers), "there are 'pull' and 'push'");
  EXPECT_TRUE(nearest_names("xyzzy", kKnown, kOthers).empty());
}

TEST(NearestName, PiecesAreMeantByWhatOthersCallThemToo) {
  EXPECT_THAT(refusal("cfs,place=rr"), HasSubstr("'rr' is no placement; did you mean 'round_robin'?"));
  EXPECT_THAT(refusal("cfs,place=first-fit"), HasSubstr("did you mean 'pack'?"));
  EXPECT_THAT(refusal("cfs,balance=steal"), HasSubstr("'steal' is no balance; did you mean 'pull'?"));
  EXPECT_THAT(refusal("cfs,numa=off"), HasSubstr("did you mean 'none'?"));
  EXPECT_THAT(refusal("cfs,discipline=rr"), HasSubstr("did you mean 'round_robin'?"));
}

TEST(Catalog, AStartThatIsNoneSaysHowToWriteWhatIsMeant) {
  EXPECT_EQ(start_for("pack"), "as a placement write it behind one: roost,placement=pack");
  EXPECT_EQ(start_for("balance=none"), "write one before that, as in roost,balance=none");
  EXPECT_EQ(start_for("cfs.latency=12ms"), "separate words by commas, as in cfs,balance=none");
  EXPECT_EQ(start_for("cfs:latency=12ms"), "separate words by commas, as in cfs,balance=none");
  EXPECT_EQ(start_for("hos"), "did you mean 'host'?");
  for (const char* spec : {"host", "host,place=pack", "host,slice=1ms"})
    EXPECT_THAT(refusal(spec), HasSubstr("'host' is Linux's own scheduler, which has no pieces")) << spec;
}

TEST(Catalog, AConstantThatNobodyHasNamesWhereItWasLookedFor) {
  EXPECT_THAT(refusal("cfs,eevdf.slice=1ms"),
              HasSubstr("eevdf is not chosen, and sets nothing in cfs, last_idle_least, active, adaptive, vcpu, "
                        "directed; write discipline=eevdf as well to choose it"));
  EXPECT_THAT(refusal("cfs,pack.most=2"), HasSubstr("write placement=pack as well"));
  EXPECT_THAT(refusal("cfs,cfs.latancy=1ms"), HasSubstr("cfs has no constant 'latancy'; did you mean 'latency'?"));
  EXPECT_THAT(refusal("cfs,cfs.period=1ms"), HasSubstr("cfs has no constant 'period'; there are 'latency', '"));
  EXPECT_THAT(refusal("cfs,CFS.latency=1ms"),
              HasSubstr("no piece 'CFS' whose 'latency' could be set; did you mean 'cfs'?"));
  EXPECT_THAT(refusal("cfs,last_idle_least.x=1"), HasSubstr("last_idle_least has no constant 'x'; there are none"));
  EXPECT_THAT(refusal("cfs,runqueue=llc"), HasSubstr("write --runqueue llc"));
  EXPECT_THAT(refusal("cfs,placment=pack"), HasSubstr("did you mean 'placement'?"));
}

TEST(OtherNames, MeanSomethingInTheCatalogAndAreNoNamesOfThatKind) {
  const Catalog catalog = standard_catalog();
  for (const OtherName& one : other_names()) {
    bool means = one.name == kDefaultPolicy;
    for (const PieceKind kind : kPieceKinds) {
      means = means || catalog.find(kind, one.name);
      EXPECT_FALSE(catalog.find(kind, one.name) && catalog.find(kind, one.other)) << one.other;
    }
    EXPECT_TRUE(means) << one.name;
  }
  for (const OtherName& one : other_names_of_parts()) {
    EXPECT_FALSE(granularity_named(one.other)) << one.other;
    EXPECT_TRUE(granularity_named(one.name)) << one.name;
  }
}

}  // namespace
}  // namespace roost
