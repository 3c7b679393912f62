#include "sched/policy/nearest_name.hpp"

#include <algorithm>
#include <numeric>

namespace roost {

namespace {

/// Without what people write differently: capitals, and the sign between words.
std::string plain(std::string_view name) {
  std::string out(name);
  for (char& letter : out) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if (letter == '-' || letter == ' ') letter = '_';
  }
  return out;
}

struct Candidate {
  std::string text;       // plain
  std::string_view name;  // what is then meant
};

template <typename Fits>
std::vector<std::string_view> names_of(const std::vector<Candidate>& candidates, Fits fits) {
  std::vector<std::string_view> names;
  for (const Candidate& one : candidates)
    if (fits(one) && std::find(names.begin(), names.end(), one.name) == names.end()) names.push_back(one.name);
  return names;
}

std::vector<std::string_view> nearly_written(std::string_view meant, const std::vector<Candidate>& candidates) {
  std::size_t least = std::max<std::size_t>(meant.size() / 3, 2);  // farther than this, nobody meant it
  for (const Candidate& one : candidates) least = std::min(least, edit_distance(meant, one.text));
  least = std::min(least, meant.size() - std::min<std::size_t>(meant.size(), 1));  // a letter at least was right
  return names_of(candidates, [&](const Candidate& one) { return edit_distance(meant, one.text) == least; });
}

/// Is all of `part` among the words of `whole`, side by side? "credit" is in "xen_credit".
bool has_words(std::string_view whole, std::string_view part) {
  const std::size_t at = ("_" + std::string(whole) + "_").find("_" + std::string(part) + "_");
  return !part.empty() && at != std::string::npos;
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

std::string quoted_list(std::span<const std::string_view> names, std::string_view last_word) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " " + std::string(last_word) + " " : ", ";
    text += "'" + std::string(names[i]) + "'";
  }
  return text;
}

std::vector<std::string_view> nearest_names(std::string_view unknown, std::span<const std::string_view> known,
                                            std::span<const OtherName> others) {
  const std::string meant = plain(unknown);
  const auto same = [&](const Candidate& one) { return one.text == meant; };
  const auto alike = [&](const Candidate& one) { return has_words(meant, one.text) || has_words(one.text, meant); };
  std::vector<Candidate> candidates;
  for (const std::string_view name : known) candidates.push_back({plain(name), name});
  const auto own = candidates;
  for (const OtherName& other : others)
    if (std::find(known.begin(), known.end(), other.name) != known.end())
      candidates.push_back({plain(other.other), other.name});

  auto near = own;  // what others say is short: few letters make it anything
  for (const Candidate& one : candidates)
    if (edit_distance(meant, one.text) <= meant.size() / 3) near.push_back(one);

  auto nearest = names_of(candidates, same);
  if (nearest.empty()) nearest = nearly_written(meant, near);
  if (nearest.empty()) nearest = names_of(own, alike);
  if (nearest.empty()) nearest = names_of(candidates, alike);
  return nearest;
}

std::string suggestion(std::string_view unknown, std::span<const std::string_view> known,
                       std::span<const OtherName> others) {
  const auto nearest = nearest_names(unknown, known, others);
  if (!nearest.empty()) return "did you mean " + quoted_list(nearest, "or") + "?";
  return known.empty() ? "there are none" : "there are " + quoted_list(known, "and");
}

}  // namespace roost
