// The room: sizes and lists of numbers, as scenario files write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace roost {

/// "64", "64K", "1MiB", "2GB": powers of 1024.
std::optional<std::uint64_t> parse_bytes(std::string_view text);
/// "0,2-5"; none beyond `most`.
std::optional<std::vector<std::uint32_t>> parse_ids(std::string_view text, std::uint32_t most);

}  // namespace roost
