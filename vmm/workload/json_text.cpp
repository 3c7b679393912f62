#include "vmm/workload/json_text.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace roost {

namespace {

std::size_t line_at(std::string_view text, std::size_t byte) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  return 1 + static_cast<std::size_t>(std::count(text.begin(), end, '\n'));
}

/// Reads a text for the parser, and keeps how many lines have been read.
class LineReader {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  LineReader(const char* at, std::size_t& line) : at_(at), line_(&line) {}
  reference operator*() const { return *at_; }
  LineReader& operator++() {
    *line_ += *at_++ == '\n';
    return *this;
  }
  LineReader operator++(int) {
    LineReader before = *this;
    ++*this;
    return before;
  }
  bool operator==(const LineReader& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  std::size_t* line_;
};

using Event = OrderedJson::parse_event_t;

/// Keys are looked for one by one, so that an object of n of them takes n * n.
constexpr std::size_t kMostKeys = 10'000;

/// Calls `on` with each event, and with the line that has been reached; what it answers false to is passed over. May
/// throw what the parser throws.
template <typename On>
OrderedJson parse(std::string_view text, On on) {
  std::size_t line = 1;
  return OrderedJson::parse(LineReader(text.data(), line), LineReader(text.data() + text.size(), line),
                            [&](int, Event event, OrderedJson& parsed) { return on(event, parsed, line); }, true,
                            true);
}

/// Keeps the keys of each open object, to name one that is there twice, or one too many.
class KeyChecker {
 public:
  bool operator()(Event event, const OrderedJson& parsed, std::size_t line) {
    if (event == Event::object_start) open_.emplace_back();
    if (event == Event::object_end && !open_.empty()) open_.pop_back();
    if (event != Event::key || open_.empty()) return true;
    const std::string& key = parsed.get_ref<const std::string&>();
    const bool fresh = open_.back().insert(key).second, many = open_.back().size() > kMostKeys;
    if (line_ == 0 && (!fresh || many)) key_ = key, line_ = line, many_ = many;
    return !many;
  }
  std::size_t line() const { return line_; }  // 0: all is well
  std::string sentence() const {
    if (many_)
      return fmt::format("an object has at most {} keys here, and '{}' is one more; use loop or instance", kMostKeys,
                         key_);
    return fmt::format("'{0}' stands twice in one object; make keys unique, such as {0}1", key_);
  }

 private:
  std::vector<std::set<std::string>> open_;
  std::string key_;
  std::size_t line_ = 0;
  bool many_ = false;
};

/// Follows one path; keys may have dots in them, so it is compared key by key.
class PathFinder {
 public:
  explicit PathFinder(std::string_view path) : path_(path) {}

  void operator()(Event event, const OrderedJson& parsed, std::size_t line) {
    if (event == Event::object_start) open_.push_back(next_), next_ = kOff;
    if (event == Event::object_end) open_.pop_back(), next_ = kOff;
    if (event != Event::key) return;
    next_ = kOff;
    const std::size_t from = open_.back();
    const std::string& key = parsed.get_ref<const std::string&>();
    if (from == kOff || !path_.substr(from).starts_with(key)) return;
    const std::size_t end = from + key.size();
    if (end < path_.size() && path_[end] != '.') return;
    next_ = end < path_.size() ? end + 1 : kOff;
    if (end > matched_) matched_ = end, line_ = line;
  }
  std::size_t line() const { return line_; }

 private:
  static constexpr std::size_t kOff = std::string_view::npos;

  std::string_view path_;
  std::vector<std::size_t> open_;  // how much of the path leads to each open object; kOff: it leads elsewhere
  std::size_t next_ = 0;           // the same for the value that comes
  std::size_t matched_ = 0, line_ = 0;
};

/// Notes the line of each key down to a depth.
class KeyLines {
 public:
  explicit KeyLines(std::size_t depth) : depth_(depth) {}

  void operator()(Event event, const OrderedJson& parsed, std::size_t line) {
    if (event == Event::array_start || event == Event::object_start) open_.emplace_back();
    if (event == Event::array_end || event == Event::object_end) open_.pop_back();
    if (event != Event::key || open_.size() > depth_) return;
    open_.back() = parsed.get_ref<const std::string&>();
    std::string path;
    for (const std::string& key : open_) path += path.empty() ? key : "." + key;
    lines_.emplace(std::move(path), line);
  }
  std::map<std::string, std::size_t> take() { return std::move(lines_); }

 private:
  std::size_t depth_;
  std::vector<std::string> open_;  // the key that leads on from each open object; "" from an array
  std::map<std::string, std::size_t> lines_;
};

}  // namespace

Result<OrderedJson> parse_json(std::string_view text, const std::string& file) try {
  KeyChecker keys;
  OrderedJson root = parse(text, [&](Event event, const OrderedJson& parsed, std::size_t line) {
    return keys(event, parsed, line);
  });
  if (keys.line() == 0) return root;
  return Error{fmt::format("{}:{}: {}", file, keys.line(), keys.sentence())};
} catch (const OrderedJson::parse_error& error) {  // the library's way to say it
  const std::size_t line = line_at(text, error.byte > 0 ? error.byte - 1 : 0);
  return Error{fmt::format("{}:{}: no JSON: a comma, quote or bracket is missing or too many", file, line)};
} catch (const OrderedJson::exception&) {
  return Error{fmt::format("{}: no JSON: a number in it is out of range", file)};
}

std::size_t line_of_key(std::string_view text, std::string_view path) {
  PathFinder finder(path);
  static_cast<void>(parse(text, [&](Event event, const OrderedJson& parsed, std::size_t line) {
    return finder(event, parsed, line), true;
  }));
  return finder.line();
}

std::map<std::string, std::size_t> lines_of_keys(std::string_view text, std::size_t depth) {
  KeyLines lines(depth);
  static_cast<void>(parse(text, [&](Event event, const OrderedJson& parsed, std::size_t line) {
    return lines(event, parsed, line), true;
  }));
  return lines.take();
}

}  // namespace roost
