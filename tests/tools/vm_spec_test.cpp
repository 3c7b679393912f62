#include "tools/cli/vm_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roost {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(VmSpec, NamesItsGuestAndWhatDiffersFromTheDefaults) {
  VmSpec defaults;
  defaults.vcpus = 3;
  defaults.args = "rounds=7";
  const VmSpec vm = parse_vm_spec("a=lock_fight,weight=200,memory=64M", defaults).value();
  EXPECT_EQ(vm.name, "a");
  EXPECT_EQ(vm.guest, "lock_fight");
  EXPECT_EQ(vm.weight, Weight{200});
  EXPECT_EQ(vm.memory, 64ULL << 20);
  EXPECT_EQ(vm.vcpus, 3U);
  EXPECT_EQ(vm.args, "rounds=7");
}

TEST(VmSpec, SemicolonsStandForBlanksAndCommas) {
  const VmSpec vm = parse_vm_spec("spin,args=rounds=10;seed=3,affinity=0;2-3", {}).value();
  EXPECT_EQ(vm.name, "");
  EXPECT_EQ(vm.args, "rounds=10 seed=3");
  EXPECT_THAT(vm.affinity, ElementsAre(0, 2, 3));
}

TEST(VmSpec, QuotesKeepCommasTogether) {
  const VmSpec vm = parse_vm_spec(R"(b="dir,x/k.elf",args="list=1,2 quiet",affinity="0,1")", {}).value();
  EXPECT_EQ(vm.guest, "dir,x/k.elf");
  EXPECT_EQ(vm.args, "list=1,2 quiet");
  EXPECT_THAT(vm.affinity, ElementsAre(0, 1));
}

TEST(VmSpec, WhatItDoesNotKnowIsASentence) {
  for (const char* text : {"", "=spin", "a=", "spin,vcpus", "spin,vcpus=0", "spin,weight=10001", "spin,colour=red"})
    EXPECT_FALSE(parse_vm_spec(text, {})) << text;
  EXPECT_THAT(parse_vm_spec("spin,vcpus=0", {}).error().sentence,
              HasSubstr("--vm 'spin,vcpus=0': vcpus '0' is not a number from 1 to 512"));
}

TEST(VmSpec, TheUnnamedAreNamedAfterTheirGuests) {
  std::vector<VmSpec> vms(4);
  vms[0].guest = "spin";
  vms[1].name = "spin2";
  vms[2].guest = "dir/spin.elf";
  vms[3].guest = "./x";
  EXPECT_FALSE(name_vms(vms));
  EXPECT_EQ(vms[0].name, "spin");
  EXPECT_EQ(vms[2].name, "spin3");
  EXPECT_EQ(vms[3].name, "x");
}

TEST(VmSpec, OneNameForTwoIsRefused) {
  std::vector<VmSpec> vms(2);
  vms[0].name = vms[1].name = "a";
  ASSERT_TRUE(name_vms(vms));
  EXPECT_EQ(name_vms(vms)->sentence, "two VMs are named 'a'; give each its own name");
}

}  // namespace
}  // namespace roost
