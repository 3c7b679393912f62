#include "tools/cli/console.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace roost {
namespace {

constexpr std::size_t kLongestLine = 4096;  // a guest that never ends its line is shown in pieces of this size

}  // namespace

Result<ConsoleMode> parse_console_mode(std::string_view text) {
  if (text == "auto") return ConsoleMode{};
  if (text == "off") return ConsoleMode{ConsoleMode::Kind::Off, ""};
  if (text.starts_with("file:") && text.size() > 5)
    return ConsoleMode{ConsoleMode::Kind::File, std::string(text.substr(5))};
  return Error{fmt::format("--console '{}' is not auto, off or file:PATH", text)};
}

Result<std::unique_ptr<Console>> Console::open(const ConsoleMode& mode, std::vector<std::string> vm_names) {
  int descriptor = mode.kind == ConsoleMode::Kind::Auto ? STDOUT_FILENO : -1;
  if (mode.kind == ConsoleMode::Kind::File) {
    descriptor = ::open(mode.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
      return Error{fmt::format("--console: {} cannot be written: {}", mode.path, std::strerror(errno))};
  }
  const bool owned = mode.kind == ConsoleMode::Kind::File;
  return std::unique_ptr<Console>(new Console(descriptor, owned, std::move(vm_names)));
}

Console::Console(int descriptor, bool owned, std::vector<std::string> vm_names)
    : descriptor_(descriptor), owned_(owned), out_(std::make_unique<OutputStream>(descriptor)) {
  if (vm_names.size() > 1)
    for (const std::string& name : vm_names) lines_.push_back({fmt::format("[{}] ", name), ""});
}

Console::~Console() {
  out_.reset();
  if (owned_) ::close(descriptor_);
}

std::function<void(std::string_view)> Console::receiver(std::size_t vm) {
  if (descriptor_ < 0) return nullptr;
  if (lines_.empty()) return [this](std::string_view bytes) { out_->write(bytes); };
  return [this, vm](std::string_view bytes) { accept(lines_[vm], bytes); };
}

void Console::accept(Line& line, std::string_view bytes) {
  std::string whole;
  for (const char c : bytes) {
    line.partial += c;
    if (c != '\n' && line.partial.size() < kLongestLine) continue;
    whole += line.prefix + line.partial + (c == '\n' ? "" : "\n");
    line.partial.clear();
  }
  if (!whole.empty()) out_->write(whole);
}

void Console::finish() {
  for (Line& line : lines_)
    if (!line.partial.empty()) accept(line, "\n");
  out_->flush();
}

}  // namespace roost
