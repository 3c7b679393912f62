#include "tools/cli/costs_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "vmm/executor/cost_model.hpp"

namespace roost {
namespace {

using nlohmann::json;
using ::testing::ContainsRegex;

TEST(CostsCommand, ShowsEachFigureWithUnitDefaultRangeAndSource) {
  const std::string text = costs_table();
  EXPECT_THAT(text, ContainsRegex("ipi.remote +time +1800ns +0 +100us +an IPI .*another node +ghOSt"));
  EXPECT_THAT(text, ContainsRegex("smt.share +1/1024 +635 +256 +1024 +speed"));
  EXPECT_THAT(text, ContainsRegex("ipi.cross_socket +ipi.node and ipi.remote +between sockets"));
}

TEST(CostsCommand, FreeIsAllTimesThatMayBeNothing) {
  CostModel costs;
  EXPECT_FALSE(costs.set("free=1"));
  EXPECT_FALSE(costs.set("switch=4us")) << "single figures come after it";
  for (const Cost cost : {Cost::VmExit, Cost::LockHold, Cost::LineRemote, Cost::IpiSend, Cost::WakeDeep})
    EXPECT_EQ(costs.figure(cost), 0);
  EXPECT_EQ(costs.figure(Cost::SwitchDirect), 4000);
  EXPECT_EQ(costs.figure(Cost::SmtShare), 1024);
  EXPECT_EQ(costs.figure(Cost::DramLocal), 110) << "memory that takes no time there is none";
  EXPECT_THAT(costs.set("free=0")->sentence, ContainsRegex("free=1 is what there is"));
  EXPECT_THAT(costs_table(), ContainsRegex("free +all times that may be 0"));
}

TEST(CostsCommand, AsJson) {
  const json costs = json::parse(costs_json());
  EXPECT_EQ(costs["schema"], "roost.costs/1");
  EXPECT_EQ(costs["costs"][0], (json{{"name", "switch"}, {"unit", "ns"}, {"default", 1200}, {"least", 0},
                                     {"most", 4000},
                                     {"about", "one vCPU leaves a pCPU and another comes, direct part"},
                                     {"source", "ghOSt (SOSP 2021), table of scheduling costs"}}));
  EXPECT_EQ(costs["aliases"][0]["name"], "ipi.cross_socket");
  EXPECT_EQ(costs["aliases"][0]["sets"], (json{"ipi.node", "ipi.remote"}));
}

}  // namespace
}  // namespace roost
