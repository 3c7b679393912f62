#include "vmm/workload/toml_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace roost {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// Where the string ends that begins at `at`, or the text. Escapes count in "..." alone; one line, but for """ and '''.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string triple(3, quote);
  const bool lines = text.substr(at, 3) == triple;
  for (std::size_t i = at + (lines ? 3 : 1); i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (lines && text.substr(i, 3) == triple) {
      const std::size_t after = i + 3, most = std::min(after + 2, text.size());  // two more quotes may belong to it
      for (i = after; i < most && text[i] == quote;) ++i;
      return i;
    } else if (!lines && (text[i] == quote || text[i] == '\n')) {
      return i + 1;
    }
  }
  return text.size();
}

}  // namespace

std::optional<Error> check_toml_text(std::string_view text, const std::string& file) {
  std::size_t at = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (c == '"' || c == '\'') {
      at = end_of_string(text, at);
    } else if ((static_cast<unsigned char>(c) & 0x80) != 0) {
      return Error{fmt::format("{}:{}: no TOML: letters beyond ASCII stand in quotes or in comments only", file,
                               1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'))};
    } else {
      ++at;
    }
  }
  return std::nullopt;
}

std::string in_ascii(std::string_view text) {
  std::string plain(text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text);
  for (char& c : plain)
    if ((static_cast<unsigned char>(c) & 0x80) != 0) c = 'x';
  return plain;
}

}  // namespace roost
