// The room: which known name a mistyped one may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roost {

/// Insertions, deletions and replacements of one letter that turn one into the other (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// What others call one of the known names.
struct OtherName {
  std::string_view other, name;
};

/// Those of `known` that are nearest to it: who is the same but for capitals and '-', also by one of its `others`;
/// then who differs by the fewest letters; then who has whole words in common. Empty if none is near. Of `others`, what
/// names nothing that is known does not count.
std::vector<std::string_view> nearest_names(std::string_view unknown, std::span<const std::string_view> known,
                                            std::span<const OtherName> others = {});

/// "did you mean 'x' or 'y'?", or, if none is near, "there are 'x', 'y' and 'z'".
std::string suggestion(std::string_view unknown, std::span<const std::string_view> known,
                       std::span<const OtherName> others = {});

/// "'x', 'y' and 'z'", `last_word` being "and".
std::string quoted_list(std::span<const std::string_view> names, std::string_view last_word);

}  // namespace roost
