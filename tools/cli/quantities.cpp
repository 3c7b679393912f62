#include "tools/cli/quantities.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace roost {
namespace {

constexpr std::uint32_t kMostIds = 65536;

std::optional<std::uint64_t> digits(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The power of two that a unit stands for: "K", "KiB" and "KB" are all 1024.
std::optional<unsigned> unit_shift(std::string_view unit) {
  if (unit.ends_with("iB")) unit.remove_suffix(2);
  else if (unit.size() == 2 && unit.ends_with('B')) unit.remove_suffix(1);
  if (unit.size() != 1) return std::nullopt;
  switch (unit[0]) {
    case 'k': case 'K': return 10;
    case 'm': case 'M': return 20;
    case 'g': case 'G': return 30;
    case 't': case 'T': return 40;
    default: return std::nullopt;
  }
}

}  // namespace

Result<std::uint64_t> parse_number(std::string_view what, std::string_view text, Limits limits) {
  const auto value = digits(text);
  if (!value || *value < limits.least || *value > limits.most)
    return Error{fmt::format("{} '{}' is not a number from {} to {}", what, text, limits.least, limits.most)};
  return *value;
}

Result<std::uint64_t> parse_size(std::string_view what, std::string_view text) {
  const std::size_t unit = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto value = digits(text.substr(0, unit));
  const auto shift = unit_shift(text.substr(unit));
  if (!value || !shift)
    return Error{fmt::format("{} '{}' is no size; write a whole number and K, M, G or T, such as 128M", what, text)};
  if (*value > UINT64_MAX >> *shift) return Error{fmt::format("{} '{}' is more than an address can reach", what, text)};
  return *value << *shift;
}

Result<std::vector<std::uint32_t>> parse_id_list(std::string_view what, std::string_view text) {
  const Error wrong{fmt::format("{} '{}' is no list of numbers and ranges, such as 0,2-5", what, text)};
  std::vector<std::uint32_t> ids;
  for (std::string_view rest = text;;) {
    const std::size_t end = std::min(rest.find_first_of(",;"), rest.size());
    const std::string_view item = rest.substr(0, end);
    const std::size_t dash = std::min(item.find('-'), item.size());
    const auto first = digits(item.substr(0, dash));
    const auto last = dash == item.size() ? first : digits(item.substr(dash + 1));
    if (!first || !last || *first > *last || *last >= kMostIds) return wrong;
    for (std::uint64_t id = *first; id <= *last; ++id) ids.push_back(static_cast<std::uint32_t>(id));
    if (end == rest.size()) return ids;
    rest.remove_prefix(end + 1);
  }
}

}  // namespace roost
