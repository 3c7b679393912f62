// The room: shares. A vCPU of weight 200 gets twice the time of one of weight 100 beside it.
#pragma once

#include <cstdint>

namespace roost {

enum class Weight : std::uint32_t {};  // 1 .. 10000, as in cgroup v2's cpu.weight

inline constexpr Weight kDefaultWeight{100};
inline constexpr Weight kMinWeight{1};
inline constexpr Weight kMaxWeight{10000};

constexpr std::int64_t value(Weight w) { return static_cast<std::int64_t>(w); }

}  // namespace roost
