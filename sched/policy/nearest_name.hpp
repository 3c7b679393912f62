// The room: which known name a mistyped one may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace roost {

/// Insertions, deletions and replacements of one letter that turn one into the other (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// What others call one of the known names.
struct OtherName {
  std::string_view other, name;
};

/// "did you mean 'x' or 'y'?" for the nearest of `known`, or, if none is near, "there are 'x', 'y' and 'z'". Nearest is
/// who is the same but for capitals and '-', also by one of its `others`; then who differs by the fewest letters; then
/// who has whole words in common.
std::string suggestion(std::string_view unknown, std::span<const std::string_view> known,
                       std::span<const OtherName> others = {});

}  // namespace roost
