// The room: arrival times from a CSV: one a line in its first column, "150us" or nanoseconds, rising; '#' begins a
//   remark.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sched/vocabulary/result.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

Result<std::vector<Time>> parse_arrival_times(std::string_view text, const std::string& file);

}  // namespace roost
