#include "vmm/workload/quantity.hpp"

#include <algorithm>
#include <charconv>

namespace roost {

namespace {

template <typename T>
std::optional<T> digits(std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  constexpr std::string_view kUnits = "KMGTkmgt";
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = digits<std::uint64_t>(text.substr(0, end));
  std::string_view unit = text.substr(end);
  if (!count) return std::nullopt;
  if (unit.empty()) return count;
  const std::size_t power = kUnits.find(unit.front());
  unit.remove_prefix(1);
  if (power == kUnits.npos || !(unit.empty() || unit == "B" || unit == "iB")) return std::nullopt;
  const std::size_t shift = 10 * (power % 4 + 1);
  if (*count > UINT64_MAX >> shift) return std::nullopt;
  return *count << shift;
}

std::optional<std::vector<std::uint32_t>> parse_ids(std::string_view text, std::uint32_t most,
                                                    std::string_view separators) {
  std::vector<std::uint32_t> ids;
  for (;;) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    const std::string_view item = text.substr(0, end);
    const std::size_t dash = std::min(item.find('-'), item.size());
    const auto first = digits<std::uint32_t>(item.substr(0, dash));
    const auto last = dash == item.size() ? first : digits<std::uint32_t>(item.substr(dash + 1));
    if (!first || !last || *first > *last || *last > most || ids.size() > most) return std::nullopt;
    for (std::uint32_t id = *first; id <= *last; ++id) ids.push_back(id);
    if (end == text.size()) return ids;
    text.remove_prefix(end + 1);
  }
}

}  // namespace roost
