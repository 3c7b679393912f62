#include "tools/cli/guest_source.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "sched/policy/nearest_name.hpp"
#include "tools/guests/catalog.hpp"

namespace roost {
namespace {

std::string no_such_guest(const std::string& guest) {
  std::vector<std::string_view> names;
  for (const EmbeddedGuest& known : embedded_guests()) names.push_back(known.name);
  return fmt::format("'{}' is neither a toy guest nor a file; {} ('roost guests' lists them)", guest,
                     suggestion(guest, names));
}

}  // namespace

Result<std::vector<std::byte>> guest_bytes(const std::string& guest) {
  if (const EmbeddedGuest* known = find_guest(guest))
    return std::vector<std::byte>(known->elf.begin(), known->elf.end());
  std::error_code ignored;
  if (guest.find('/') == std::string::npos && !std::filesystem::exists(guest, ignored))
    return Error{no_such_guest(guest)};
  return read_file(guest);
}

Result<std::vector<std::byte>> read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return Error{fmt::format("{} is a directory, not an image", path)};
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return Error{fmt::format("{} cannot be read: {}", path, std::strerror(errno))};
  const std::streamoff size = file.tellg();
  std::vector<std::byte> bytes(static_cast<std::size_t>(std::max<std::streamoff>(size, 0)));
  file.seekg(0);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())) || size < 0)
    return Error{fmt::format("{} cannot be read to its end", path)};
  return bytes;
}

Result<std::size_t> write_file(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file || !file.write(bytes.data(), static_cast<std::streamsize>(bytes.size())) || !file.flush())
    return Error{fmt::format("{} cannot be written: {}", path, std::strerror(errno))};
  return bytes.size();
}

std::optional<Error> refuse_unwritable(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code none;
  const auto kind = fs::status(path, none).type();
  const bool pipe_or_device = kind == fs::file_type::fifo || kind == fs::file_type::character;
  if (path.empty() || pipe_or_device) return std::nullopt;  // to open a pipe tells its reader that somebody writes
  const bool new_file = !fs::exists(fs::symlink_status(path, none));
  if (!std::ofstream(path, std::ios::binary | std::ios::app))
    return Error{fmt::format("{} cannot be written: {}", path, std::strerror(errno))};
  if (new_file) fs::remove(path, none);
  return std::nullopt;
}

bool guest_has_parameter(std::string_view guest, std::string_view parameter) {
  const EmbeddedGuest* known = find_guest(guest);
  if (known == nullptr) return false;
  std::string_view lines = known->parameters;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    if (line.substr(0, line.find(' ')) == parameter) return true;
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
  }
  return false;
}

}  // namespace roost
