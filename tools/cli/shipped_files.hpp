// The room: the files that come with the program.
#pragma once

#include <filesystem>
#include <string_view>

namespace roost {

/// Where those of a kind lie ("scenarios", "theory"): beside the installed program, or in the sources it was built
/// from. Empty: nowhere.
std::filesystem::path shipped_folder(std::string_view name);

}  // namespace roost
