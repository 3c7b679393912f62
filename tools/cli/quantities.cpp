#include "tools/cli/quantities.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "vmm/workload/quantity.hpp"

namespace roost {
namespace {

constexpr std::uint32_t kMostIds = 65536;

}  // namespace

Result<std::uint64_t> parse_number(std::string_view what, std::string_view text, Limits limits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = !text.empty() && error == std::errc{} && end == text.data() + text.size();
  if (!whole || value < limits.least || value > limits.most)
    return Error{fmt::format("{} '{}' is not a number from {} to {}", what, text, limits.least, limits.most)};
  return value;
}

Result<std::uint64_t> parse_size(std::string_view what, std::string_view text) {
  const bool has_unit = text.find_last_not_of("0123456789") != text.npos;
  if (const auto bytes = has_unit ? parse_bytes(text) : std::nullopt) return *bytes;
  return Error{fmt::format("{} '{}' is no size; write a whole number and K, M, G or T, such as 128M", what, text)};
}

Result<std::vector<std::uint32_t>> parse_id_list(std::string_view what, std::string_view text) {
  if (auto ids = parse_ids(text, kMostIds - 1, ",;")) return std::move(*ids);
  return Error{fmt::format("{} '{}' is no list of numbers and ranges, such as 0,2-5", what, text)};
}

}  // namespace roost
