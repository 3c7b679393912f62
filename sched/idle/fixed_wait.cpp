#include "sched/idle/fixed_wait.hpp"

namespace roost {

namespace {

constexpr ConstantInfo kConstants[]{kIdleTick};

}  // namespace

constexpr IdleEntry kHaltEntry{
    {"halt", "halts at once", "Linux cpuidle.rst, idle=halt", kConstants, "fixed_wait"},
    [](const ConstantValues& constants) -> std::unique_ptr<IdleRule> {
      return std::make_unique<FixedWait>(Duration{0}, constants.time("idle_tick"));
    }};

constexpr IdleEntry kPollEntry{
    {"poll", "polls for as long as it idles", "Linux cpuidle.rst, idle=poll", kConstants, "fixed_wait"},
    [](const ConstantValues& constants) -> std::unique_ptr<IdleRule> {
      return std::make_unique<FixedWait>(Duration::max(), constants.time("idle_tick"));
    }};

}  // namespace roost
