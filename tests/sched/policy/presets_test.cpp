// What a preset is, and what is left of it when somebody changes a piece or a constant.

#include <gtest/gtest.h>

#include "sched/policy/catalog.hpp"
#include "sched/policy/spec.hpp"

namespace roost {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

Policy made(std::string_view spec, std::optional<Granularity> granularity = std::nullopt) {
  auto policy = make_policy(spec, Topology::flat(4), 2, granularity);
  check(policy.has_value(), "the test names a policy that exists");
  return std::move(*policy);
}

TEST(Presets, NamePiecesAndConstantsOfTheCatalog) {
  const Catalog catalog = standard_catalog();
  for (const PresetInfo& preset : catalog.presets) {
    SCOPED_TRACE(preset.name);
    const auto spec = parse_policy_spec(preset.name, catalog);
    ASSERT_TRUE(spec) << spec.error().sentence;
    EXPECT_EQ(spec->discipline.entry->info.name, preset.discipline);
    EXPECT_EQ(spec->placement.entry->info.name, preset.placement);
    EXPECT_EQ(spec->balance.entry->info.name, preset.balance);
    EXPECT_EQ(spec->numa.entry->info.name, preset.numa);
    EXPECT_EQ(spec->idle.entry->info.name, preset.idle);
    EXPECT_FALSE(preset.source.empty() || preset.header.empty());
    for (const PresetConstant& constant : preset.constants)
      EXPECT_FALSE(preset.piece(constant.kind).empty()) << constant.name;
  }
}

/// The first look of the first of four pCPUs under `push` is after a quarter of its period, 10 ms.
/// 2^30 ns is Xen's window; a piece that replaces the preset's has none of it, nor has one by the same name in `roost`.
TEST(Presets, ConstantsAreThoseOfThePresetUnlessTheTextSaysOtherwise) {
  const LoadMemory xens{.by = LoadMemory::By::Window, .length = Duration(1'073'741'824)};
  EXPECT_EQ(made("xen-credit2").balancer->memory(), xens);
  EXPECT_EQ(made("xen-credit2,discipline=cfs").balancer->memory(), xens);
  EXPECT_EQ(made("xen-credit2,average_over=0s").balancer->memory(), LoadMemory{});
  EXPECT_EQ(made("xen-credit2,balance=pull").balancer->memory(), LoadMemory{});
  EXPECT_EQ(made("roost,balance=domains").balancer->memory(), LoadMemory{});
  EXPECT_EQ(made("freebsd-ule").balancer->next_due(PcpuId{0}, time_at(0)), time_at(0) + milliseconds(1000));
  const Policy pushed = made("freebsd-ule,balance=push");
  EXPECT_EQ(pushed.balancer->next_due(PcpuId{0}, time_at(0)), time_at(0) + microseconds(2500));
}

TEST(Presets, SayWhoSharesARunqueueUnlessTheUserDoes) {
  EXPECT_EQ(made("roost").granularity, Granularity::Pcpu);
  EXPECT_EQ(made("sqms").granularity, Granularity::Machine);
  EXPECT_EQ(made("xen-credit2").granularity, Granularity::Node);
  EXPECT_EQ(made("xen-credit2,balance=none").granularity, Granularity::Node);
  EXPECT_EQ(made("xen-credit2", Granularity::Llc).granularity, Granularity::Llc);
  EXPECT_EQ(made("credit2").granularity, Granularity::Pcpu) << "a discipline is not the preset";
}

}  // namespace
}  // namespace roost
