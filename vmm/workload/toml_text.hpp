// The room: what a TOML text may consist of, looked at before it is parsed.
// Not here: what it means (toml++).
// Why: where a key or a value may begin, toml++ 3.3 asks of each letter beyond ASCII whether it is a blank, and for
//   many of them runs into what its authors held to be unreachable. TOML has none outside strings and comments. Where
//   a text is malformed, the library may see the end of a string elsewhere than we: it is asked first about the same
//   text in ASCII.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sched/vocabulary/result.hpp"

namespace roost {

/// The first letter beyond ASCII that stands outside strings and comments, as a sentence.
std::optional<Error> check_toml_text(std::string_view text, const std::string& file);

/// The text with an 'x' for each byte beyond ASCII: as well formed as the text is, place by place.
std::string in_ascii(std::string_view text);

}  // namespace roost
