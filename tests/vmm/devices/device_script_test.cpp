// The same as tests/fuzz/devices_fuzz.cpp, from a seed instead of a fuzzer.
#include "tests/kit/device_script.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace roost {
namespace {

/// ROOST_SEED=N replays one script.
TEST(DeviceScript, RandomAccessesKeepTheInvariants) {
  const char* given = std::getenv("ROOST_SEED");
  const std::uint64_t first = given ? std::strtoull(given, nullptr, 0) : 1;
  const std::uint64_t last = given ? first : 200;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<std::uint8_t> script(500 * kit::DeviceScript::kStepBytes);
    for (auto& byte : script) byte = static_cast<std::uint8_t>(random());
    ASSERT_NO_THROW(kit::DeviceScript{}.run(script)) << "replay with ROOST_SEED=" << seed;
  }
}

}  // namespace
}  // namespace roost
