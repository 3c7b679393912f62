#include "sched/gate/shares.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

TEST(GroupShares, AVmsWeightIsDividedAmongItsActiveVcpus) {
  EXPECT_EQ(part_of(Weight{400}, 1, {.vcpus = 8, .weight = 800}, 2), Weight{400});
  EXPECT_EQ(part_of(Weight{400}, 4, {.vcpus = 8, .weight = 800}, 2), Weight{100});
  EXPECT_EQ(part_of(Weight{400}, 0, {.vcpus = 8, .weight = 800}, 9), Weight{400}) << "before it counts itself";
  EXPECT_EQ(part_of(Weight{3}, 4, {.vcpus = 8, .weight = 800}, 2), Weight{1}) << "1 at least";
}

// Weights 10 : 1 : 1 on two pCPUs: the first can use one pCPU, half of all, so it weighs what both others do.
TEST(GroupShares, WhatOneVcpuCannotUseIsClipped) {
  EXPECT_EQ(part_of(Weight{1000}, 1, {.vcpus = 2, .weight = 200}, 2), Weight{200});
  EXPECT_EQ(part_of(Weight{100}, 1, {.vcpus = 2, .weight = 1100}, 2), Weight{100});
}

// Two vCPUs of a VM on three pCPUs can use two of them: together they weigh twice the others' 100.
TEST(GroupShares, WhatAVmOfFewVcpusCannotUseIsClipped) {
  EXPECT_EQ(part_of(Weight{5000}, 2, {.vcpus = 4, .weight = 100}, 3), Weight{100});
}

TEST(GroupShares, NothingIsClippedWhereThereArePcpusForAll) {
  EXPECT_EQ(part_of(Weight{1000}, 1, {.vcpus = 1, .weight = 100}, 2), Weight{1000});
}

}  // namespace
}  // namespace roost
