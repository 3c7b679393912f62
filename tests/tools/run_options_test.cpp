#include "tools/cli/run_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roost {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

RunText simulated(const std::string& world) {
  RunText text;
  text.guest = "hello";
  text.world = world;
  return text;
}

std::string refusal_of(const RunText& text) {
  const auto options = parse_run(text);
  return options ? "taken" : options.error().sentence;
}

TEST(RunOptions, AreLiveUnlessAskedOtherwise) {
  RunText text;
  text.guest = "hello";
  const auto options = parse_run(text);
  ASSERT_TRUE(options);
  EXPECT_FALSE(options->simulated);
}

TEST(RunOptions, ASimulatedHostHasATopologyAQuantumAndCosts) {
  RunText text = simulated("sim:node:2 core:4");
  text.quantum = "5us";
  text.costs = {"ipi.remote=3us", "instruction=250"};
  const auto options = parse_run(text);
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->simulated);
  EXPECT_EQ(options->world, "node:2 core:4");
  EXPECT_EQ(options->quantum, 5us);
  EXPECT_EQ(options->costs.of(Cost::IpiRemote), 3us);
  EXPECT_EQ(options->costs.figure(Cost::Instruction), 250);
}

TEST(RunOptions, WhatDoesNotFitASimulatedHostIsNamed) {
  EXPECT_THAT(refusal_of(simulated("dream")), HasSubstr("neither live nor sim:TOPOLOGY"));
  RunText text = simulated("sim:core:2");
  text.topology = "core:2";
  EXPECT_THAT(refusal_of(text), HasSubstr("--topology and --world sim"));
  text = simulated("sim:core:2");
  text.pcpus = "0,1";
  EXPECT_THAT(refusal_of(text), HasSubstr("names CPUs of this host"));
  text = simulated("sim:core:2");
  text.policy = "host";
  EXPECT_THAT(refusal_of(text), HasSubstr("Linux's scheduler"));
  text = simulated("sim:core:2");
  text.costs = {"ipi.remot=3us"};
  EXPECT_THAT(refusal_of(text), HasSubstr("ipi.remote"));
  text = simulated("sim:core:2");
  text.quantum = "1h";
  EXPECT_NE(refusal_of(text), "taken");
  text = simulated("live");
  text.quantum = "5us";
  EXPECT_THAT(refusal_of(text), HasSubstr("belong to a simulated host"));
}

}  // namespace
}  // namespace roost
