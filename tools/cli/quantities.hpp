// The room: numbers, sizes and lists as people type them, or a sentence that says what was expected.
// Not here: spans of time (sched/policy/spec: parse_duration).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sched/vocabulary/result.hpp"

namespace roost {

struct Limits {
  std::uint64_t least, most;
};

/// A decimal number within limits; `what` names it in the sentence: "vcpus".
Result<std::uint64_t> parse_number(std::string_view what, std::string_view text, Limits limits);
/// "128M", "2GiB", "64k", in powers of 1024. Bytes.
Result<std::uint64_t> parse_size(std::string_view what, std::string_view text);
/// "0,2-5" in the given order: ranges rise. The separator is ',' or ';'.
Result<std::vector<std::uint32_t>> parse_id_list(std::string_view what, std::string_view text);

}  // namespace roost
