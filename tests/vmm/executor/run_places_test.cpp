#include "vmm/executor/run_places.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

using namespace std::chrono_literals;

Duration sum(const RunPlaces& places) {
  Duration all = places.elsewhere();
  for (const RunPlaces::Part& part : places.parts()) all += part.time;
  return all;
}

TEST(RunPlaces, AddUpByPcpuLowestFirst) {
  RunPlaces places;
  places.add(PcpuId{9}, 3us);
  places.add(PcpuId{2}, 1us);
  places.add(PcpuId{9}, 4us);
  places.add(PcpuId{5}, 0us);
  ASSERT_EQ(places.parts().size(), 2u);
  EXPECT_EQ(places.parts()[0].pcpu, PcpuId{2});
  EXPECT_EQ(places.parts()[1].time, 7us);
  EXPECT_EQ(places.on(PcpuId{9}), 7us);
  EXPECT_EQ(places.on(PcpuId{5}), 0us);
  EXPECT_EQ(places.elsewhere(), 0us);
}

TEST(RunPlaces, KeepWhereMostTimeWentAndLoseNone) {
  RunPlaces places;
  places.add(PcpuId{7}, 1ms);
  for (std::uint32_t p = 4000; p > 0; --p) places.add(PcpuId{p}, 1us);
  EXPECT_EQ(places.parts().size(), RunPlaces::kMost);
  EXPECT_EQ(sum(places), 5ms);
  EXPECT_GE(std::ranges::max(places.parts(), {}, &RunPlaces::Part::time).time, 1ms);
}

}  // namespace
}  // namespace roost
