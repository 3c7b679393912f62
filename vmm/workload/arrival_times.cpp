#include "vmm/workload/arrival_times.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sched/policy/spec.hpp"
#include "vmm/workload/distribution.hpp"

namespace roost {

namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

}  // namespace

Result<std::vector<Time>> parse_arrival_times(std::string_view text, const std::string& file) {
  std::vector<Time> times;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view row = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    row = trimmed(row.substr(0, row.find('#')));
    const std::string_view first = trimmed(row.substr(0, row.find(',')));
    if (row.empty()) continue;
    const bool bare = first.find_first_not_of("0123456789") == first.npos;
    const auto at = parse_duration(bare ? std::string(first) + "ns" : std::string(first));
    if (!at || *at > kLongestSpan)
      return Error{fmt::format("{}:{}: '{}' is no time; write nanoseconds or 150us", file, line, first)};
    if (!times.empty() && Time{} + *at < times.back())
      return Error{fmt::format("{}:{}: '{}' is earlier than the time before it; times rise", file, line, first)};
    times.push_back(Time{} + *at);
  }
  if (times.empty()) return Error{fmt::format("{}: there is no time in it", file)};
  return times;
}

}  // namespace roost
