#include "tools/cli/shipped_files.hpp"

#include <system_error>

namespace roost {

std::filesystem::path shipped_folder(std::string_view name) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto installed = self.parent_path().parent_path() / "share/roost" / name;
  if (!error && std::filesystem::is_directory(installed, error)) return installed;
  for (auto up = self.parent_path(); up != up.parent_path(); up = up.parent_path())
    if (std::filesystem::is_directory(up / "tools" / name, error)) return up / "tools" / name;
  return {};
}

}  // namespace roost
