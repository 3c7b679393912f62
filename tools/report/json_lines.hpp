// The room: a JSON object as text: a member a line, and of long lists an element a line, so that diff, grep and less
// are of use and nothing holds the whole of a large run twice.
#pragma once

#include <string>
#include <string_view>

namespace roost {

class JsonLines {
 public:
  /// `value` is JSON; names need no escape.
  void member(std::string_view name, std::string_view value) {
    out_ += out_.empty() ? "{\n\"" : ",\n\"";
    (out_ += name) += "\": ";
    out_ += value;
  }
  /// An array: make(i) is the JSON of its element i.
  template <typename Make>
  void list(std::string_view name, std::size_t count, Make make) {
    member(name, "[");
    for (std::size_t i = 0; i < count; ++i) (out_ += i == 0 ? "\n " : ",\n ") += make(i);
    out_ += count == 0 ? "]" : "\n]";
  }
  std::string text() && { return std::move(out_) + "\n}"; }

 private:
  std::string out_;
};

}  // namespace roost
