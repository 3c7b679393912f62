// The room: what a guest's name stands for: a toy guest of the catalog, or a file.
// Not here: understanding the bytes (vmm/machine).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sched/vocabulary/result.hpp"

namespace roost {

/// A name of the catalog first; to run a file of the same name, write ./NAME.
Result<std::vector<std::byte>> guest_bytes(const std::string& guest);
Result<std::vector<std::byte>> read_file(const std::string& path);
Result<std::size_t> write_file(const std::string& path, std::string_view bytes);

/// Could write_file() write it? Nothing is changed: a file keeps what it holds, and none is left that was not there.
std::optional<Error> refuse_unwritable(const std::string& path);

/// Does this toy guest have such a parameter? False for files.
bool guest_has_parameter(std::string_view guest, std::string_view parameter);

}  // namespace roost
