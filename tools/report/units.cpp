#include "tools/report/units.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace roost {
namespace {

/// 1.23, 12.3, 123: three significant digits of a value below 1000.
std::string three_digits(double value) {
  if (value < 9.995) return fmt::format("{:.2f}", value);
  if (value < 99.95) return fmt::format("{:.1f}", value);
  return fmt::format("{:.0f}", value);
}

}  // namespace

std::string duration_text(Duration duration) {
  const std::int64_t ns = nanoseconds(duration);
  if (ns < 0) return "-" + duration_text(-duration);
  if (ns < 1000) return fmt::format("{} ns", ns);
  constexpr std::array kUnits{"us", "ms", "s"};
  auto value = static_cast<double>(ns) / 1000;
  for (std::size_t unit = 0; unit < kUnits.size(); ++unit, value /= 1000)
    if (value < 999.5) return fmt::format("{} {}", three_digits(value), kUnits[unit]);
  const std::int64_t minutes = ns / 60'000'000'000;
  return fmt::format("{}h {:02}m", minutes / 60, minutes % 60);
}

std::string energy_text(std::uint64_t microjoules) {
  if (microjoules < 1000) return fmt::format("{} uJ", microjoules);
  constexpr std::array kUnits{"mJ", "J", "kJ", "MJ"};
  auto value = static_cast<double>(microjoules) / 1000;
  std::size_t unit = 0;
  for (; unit + 1 < kUnits.size() && value >= 999.5; ++unit) value /= 1000;
  return fmt::format("{} {}", three_digits(value), kUnits[unit]);
}

std::string count_text(std::uint64_t count) {
  if (count >= 9'995'000'000) return three_digits(static_cast<double>(count) / 1e9) + "G";
  if (count >= 10'000'000) return three_digits(static_cast<double>(count) / 1e6) + "M";
  std::string digits = fmt::format("{}", count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string share_text(Duration part, Duration whole) {
  if (nanoseconds(whole) <= 0) return "-";
  const double share = static_cast<double>(nanoseconds(part)) / static_cast<double>(nanoseconds(whole));
  return fmt::format("{:.1f}%", 100 * share);
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count_text(count), noun, count == 1 ? "" : "s");
}

}  // namespace roost
