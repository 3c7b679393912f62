// The room: `roost guests`: the toy guests, listed, explained and written out as ELF files.
#pragma once

#include <string>

#include "sched/vocabulary/result.hpp"

namespace roost {

/// All of them, a line each.
std::string list_guests();
/// One with its parameters.
Result<std::string> show_guest(const std::string& name);
/// Writes its ELF file and says so.
Result<std::string> extract_guest(const std::string& name, const std::string& path);

}  // namespace roost
