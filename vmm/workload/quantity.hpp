// The room: sizes and lists of numbers, as scenario files and the command line write them.
// Not here: sentences that say what was expected (whoever asks knows the key), spans of time (sched/policy/spec).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace roost {

/// "64", "64K", "64k", "1MiB", "2GB": powers of 1024.
std::optional<std::uint64_t> parse_bytes(std::string_view text);
/// "0,2-5" in the given order: ranges rise; none beyond `most`. Any of `separators` goes between items.
std::optional<std::vector<std::uint32_t>> parse_ids(std::string_view text, std::uint32_t most,
                                                    std::string_view separators = ",");

}  // namespace roost
