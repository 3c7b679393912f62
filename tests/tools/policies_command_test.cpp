#include "tools/cli/policies_command.hpp"

#include <gmock/gmock.h>

#include "sched/policy/catalog.hpp"

namespace roost {
namespace {

using testing::HasSubstr;

TEST(PoliciesCommand, EveryDisciplineShowsItsRulesConstantsDeviationsAndSource) {
  const Catalog catalog = standard_catalog();
  for (const DisciplineEntry* entry : catalog.disciplines) {
    const auto text = show_policy(catalog, std::string(entry->info.name), Topology::flat(1));
    ASSERT_TRUE(text) << text.error().sentence;
    EXPECT_THAT(*text, HasSubstr("\n  source: " + std::string(entry->info.source)));
    for (const char* part : {"\nRules: ", "\nDeviations: ", "\nConstants: ", "\nStarvation bound: ",
                             "\nNot work-conserving when: ", "\nCosts: ", "\nInvariants: "})
      EXPECT_THAT(*text, HasSubstr(part)) << entry->info.name;
    EXPECT_THAT(*text, testing::ContainsRegex("Sources?: ")) << entry->info.name;
    for (const ConstantInfo& constant : entry->info.constants)
      EXPECT_THAT(*text, HasSubstr("\n  " + std::string(constant.name) + " ")) << entry->info.name;
  }
}

TEST(PoliciesCommand, AChoiceShowsItsWords) {
  const auto text = show_policy(standard_catalog(), "domains", Topology::flat(1));
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, HasSubstr("(none, mean, least)"));
}

std::string refusal(const char* name) {
  const auto text = show_policy(standard_catalog(), name, Topology::flat(1));
  return text ? "shown" : text.error().sentence;
}

TEST(PoliciesCommand, ANameThatIsNoneIsRefusedWithWhatToAskFor) {
  EXPECT_EQ(refusal("CFS"), "there is no policy or piece 'CFS'; did you mean 'cfs'?");
  EXPECT_EQ(refusal("cfs,latency=3ms"),
            "there is no policy or piece 'cfs,latency=3ms'; show takes a name alone: roost policies show cfs");
  EXPECT_EQ(refusal("latency"), "there is no policy or piece 'latency'; it is a constant of 'cfs' and 'weighted_fair'");
  EXPECT_EQ(refusal("xyzzy"), "there is no policy or piece 'xyzzy'; 'roost policies' lists what there is");
  EXPECT_EQ(refusal("host"), "shown");
}

}  // namespace
}  // namespace roost
