#include "tools/cli/costs_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

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
