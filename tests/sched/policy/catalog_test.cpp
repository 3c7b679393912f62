#include "sched/policy/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sched/policy/nearest_name.hpp"
#include "sched/policy/spec.hpp"
#include "tests/kit/fake_loads.hpp"

namespace roost {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

std::string refusal(std::string_view spec) {
  const auto policy = make_policy(spec, Topology::flat(2), 4, 2);
  return policy ? "taken" : policy.error().sentence;
}

TEST(Catalog, EveryPresetAndEveryPieceCanBeMade) {
  for (const PresetInfo& preset : presets()) {
    const auto policy = make_policy(preset.name, Topology::flat(2), 4, 2);
    ASSERT_TRUE(policy) << policy.error().sentence;
    EXPECT_EQ(policy->name, preset.name);
    EXPECT_TRUE(policy->discipline && policy->placer && policy->balancer);
  }
  for (const PieceInfo& piece : pieces()) {
    const std::string spec = "roost," + std::string(name_of(piece.kind)) + "=" + std::string(piece.name);
    EXPECT_EQ(refusal(spec), "taken");
    EXPECT_FALSE(piece.about.empty() || piece.source.empty());
    for (const ConstantInfo& constant : piece.constants) {
      EXPECT_LE(constant.least, constant.usual);
      EXPECT_LE(constant.usual, constant.most);
      EXPECT_EQ(refusal(spec + "," + std::string(constant.name) + "=" + to_text(constant.least)), "taken");
    }
  }
}

TEST(Catalog, TheDefaultIsThere) { EXPECT_EQ(refusal(kDefaultPolicy), "taken"); }

TEST(Catalog, ConstantsReachTheirPieces) {
  auto policy = make_policy("round_robin,balance=none,slice=2ms", Topology::flat(1), 1, 1);
  ASSERT_TRUE(policy);
  policy->discipline->admit(VcpuId{0}, {.allowed = PcpuSet::first(1)});
  policy->discipline->enqueue(RunqueueId{0}, VcpuId{0}, EnqueueWhy::Fork, time_at(0));
  EXPECT_EQ(policy->discipline->pick(RunqueueId{0}, time_at(0))->until, time_at(0) + milliseconds(2));
  EXPECT_EQ(policy->balancer->next_due(PcpuId{0}, time_at(0)), kNever);

  policy = make_policy("roost,period=3ms", Topology::flat(1), 1, 1);
  EXPECT_EQ(policy->balancer->next_due(PcpuId{0}, time_at(0)), time_at(0) + milliseconds(3));
}

TEST(Catalog, WordsMayComeInAnyOrder) {
  EXPECT_EQ(refusal("round_robin,latency=2ms,discipline=weighted_fair"), "taken");
  EXPECT_EQ(refusal("round_robin,discipline=weighted_fair,latency=2ms"), "taken");
}

TEST(Catalog, RefusalsNameWhatIsWrongAndTheNearest) {
  EXPECT_THAT(refusal("rost"), HasSubstr("'rost' is none; did you mean 'roost'?"));
  EXPECT_THAT(refusal("zzz"), HasSubstr("there are 'roost', 'weighted_fair' and 'round_robin'"));
  EXPECT_THAT(refusal(""), HasSubstr("the first word names a preset"));
  EXPECT_THAT(refusal("balance=none"), HasSubstr("the first word names a preset"));
  EXPECT_THAT(refusal("roost,balance=nine"), HasSubstr("'nine' is no balance; did you mean 'none'?"));
  EXPECT_THAT(refusal("roost,ballance=none"), HasSubstr("ballance"));
  EXPECT_THAT(refusal("roost,slise=2ms"), HasSubstr("did you mean 'slice'?"));
  EXPECT_THAT(refusal("round_robin,latency=2ms"), HasSubstr("has a constant 'latency'"));
  EXPECT_THAT(refusal("roost,slice"), HasSubstr("write name=value"));
  EXPECT_THAT(refusal("roost,"), HasSubstr("write name=value"));
  EXPECT_THAT(refusal("roost,slice=2"), HasSubstr("'2' is no span of time"));
  EXPECT_THAT(refusal("roost,slice=2ms,slice=3ms"), HasSubstr("said twice"));
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

TEST(NearestName, CountsLetters) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("same", "same"), 0u);
}

}  // namespace
}  // namespace roost
