// The room: a JSON text, parsed, and on which line a key of it stands.
// Not here: what the keys mean (rtapp_reader).
// Invariants: no object has a key twice. What is refused comes with file and line.
// Why: the parser's values do not know their places, so a text is gone through once more for the line of a key.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "sched/vocabulary/result.hpp"

namespace roost {

/// Keys in the order in which they stand: that of events is their meaning.
using OrderedJson = nlohmann::ordered_json;

/// Remarks in C's manner are allowed.
Result<OrderedJson> parse_json(std::string_view text, const std::string& file);

/// The line of the key `path` ("tasks.a.run") in a text that was parsed before; where it is not there, of the innermost
/// of its parents that is. 0: of none.
std::size_t line_of_key(std::string_view text, std::string_view path);

/// The lines of all keys that lie in at most `depth` - 1 objects, by path, in a text that was parsed before.
std::map<std::string, std::size_t> lines_of_keys(std::string_view text, std::size_t depth);

}  // namespace roost
