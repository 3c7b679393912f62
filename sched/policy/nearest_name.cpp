#include "sched/policy/nearest_name.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace roost {

namespace {

std::string quoted_list(std::span<const std::string_view> names, std::string_view last_word) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " " + std::string(last_word) + " " : ", ";
    text += "'" + std::string(names[i]) + "'";
  }
  return text;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);  // distances of a's first i letters to each prefix of b
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j + 1] + 1, row[j] + 1});
    }
  }
  return row.back();
}

std::string suggestion(std::string_view unknown, std::span<const std::string_view> known) {
  std::size_t least = std::max<std::size_t>(unknown.size() / 3, 2);  // farther than this, nobody meant it
  for (const std::string_view name : known) least = std::min(least, edit_distance(unknown, name));
  std::vector<std::string_view> nearest;
  for (const std::string_view name : known)
    if (edit_distance(unknown, name) == least) nearest.push_back(name);
  if (!nearest.empty()) return "did you mean " + quoted_list(nearest, "or") + "?";
  return known.empty() ? "there are none" : "there are " + quoted_list(known, "and");
}

}  // namespace roost
