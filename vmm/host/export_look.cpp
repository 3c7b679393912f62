#include "vmm/host/export_look.hpp"

#include <fmt/format.h>
#include <hwloc.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace roost {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr int kNewestFormat = 2;     // hwloc 2.x takes any 2.y
constexpr std::size_t kDeepest = 64;  // objects in objects
// Elements of hwloc2.dtd, and of version 1.
constexpr std::array<std::string_view, 15> kElements{
    "topology",  "object",     "info",    "page_type", "distances2",    "distances2hetero", "indexes", "u64values",
    "userdata",  "support",    "memattr", "cpukind",   "memattr_value", "distances",        "latency"};

/// What a message may carry of a hostile file.
std::string printable(std::string_view text) {
  std::string out(text.substr(0, 40));
  for (char& letter : out)
    if (letter < ' ' || letter > '~') letter = '?';
  return out;
}

struct Free {
  void operator()(hwloc_bitmap_t set) const { hwloc_bitmap_free(set); }
};
using Set = std::unique_ptr<std::remove_pointer_t<hwloc_bitmap_t>, Free>;

/// "0x0000000f,0x00000001"; nothing where it is no such text, or an endless set.
Set set_of(std::string_view text) {
  Set set(hwloc_bitmap_alloc());
  const bool good = !text.empty() && text.find_first_not_of("0123456789abcdefx,") == text.npos &&
                    hwloc_bitmap_sscanf(set.get(), std::string(text).c_str()) == 0 &&
                    hwloc_bitmap_weight(set.get()) >= 0;
  return good ? std::move(set) : nullptr;
}

struct Tag {
  std::string_view name;
  std::vector<std::pair<std::string_view, std::string_view>> attributes = {};
  std::size_t line = 1;
  bool closes = false, stands_alone = false;

  std::optional<std::string_view> value(std::string_view attribute) const {
    for (const auto& [name_of, value_of] : attributes)
      if (name_of == attribute) return value_of;
    return std::nullopt;
  }
};

/// An element that is open.
struct Open {
  std::string_view name;
  std::size_t line = 1;
  std::string_view type = {};  // of an object, as the file writes it
  Set cpus = nullptr;          // of a normal object
  Set of_parts = Set(hwloc_bitmap_alloc());
};

/// Reads tag by tag, up to the first fault.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text), nodes_(hwloc_bitmap_alloc()) {}

  ExportLook look() {
    const std::size_t first = rest_.find_first_not_of(kBlanks);
    if (first == rest_.npos) return {"it is empty", ""};
    if (rest_[first] != '<') return {"it is no XML, for it does not begin with '<'", ""};
    if (first > 0) doubt_ = "it begins with blanks, which hwloc takes only with its XML plugin";
    while (fault_.empty() && skip_to('<')) next();
    if (fault_.empty() && !open_.empty())
      fault_ = fmt::format("it ends within the <{}> of line {}", open_.back().name, open_.back().line);
    if (fault_.empty() && of_today_ && !has_cpu_) fault_ = "it has no <object type=\"PU\">, that is, no CPU";
    return {fault_, doubt_};
  }

 private:
  void refuse(std::size_t line, const std::string& what) {
    if (fault_.empty()) fault_ = fmt::format("line {}: {}", line, what);
  }
  void doubt(const char* what) {
    if (!doubted_) doubt_ = fmt::format("line {}: {}, which hwloc takes only with its XML plugin", line_, what);
    doubted_ = true;
  }

  void skip(std::size_t letters) {
    line_ += static_cast<std::size_t>(std::count(rest_.begin(), rest_.begin() + static_cast<long>(letters), '\n'));
    rest_.remove_prefix(letters);
  }
  bool skip_to(char letter) {
    skip(std::min(rest_.find(letter), rest_.size()));
    return !rest_.empty();
  }

  void next() {
    const bool comments = rest_.starts_with("<!--");
    if (comments) doubt("a comment");
    const std::size_t end = comments ? rest_.find("-->") : rest_.find('>');
    if (end == rest_.npos) return refuse(line_, "what begins there has no '>'");
    const std::string_view inside = rest_.substr(1, end - 1);
    Tag tag{.name = {}, .line = line_};
    if (!inside.starts_with('?') && !inside.starts_with('!') && parse(inside, tag)) look_at(tag);
    skip(end + 1);
  }

  /// What stands between '<' and '>'.
  bool parse(std::string_view inside, Tag& tag) {
    tag.closes = inside.starts_with('/');
    tag.stands_alone = inside.ends_with('/');
    if (tag.closes) inside.remove_prefix(1);
    if (tag.stands_alone && !inside.empty()) inside.remove_suffix(1);
    tag.name = inside.substr(0, inside.find_first_of(kBlanks));
    inside.remove_prefix(tag.name.size());
    while (inside.find_first_not_of(kBlanks) != inside.npos) {
      inside.remove_prefix(inside.find_first_not_of(kBlanks));
      if (!take_attribute(inside, tag)) {
        refuse(tag.line, fmt::format("<{}> has an attribute that is not of the form name=\"value\"",
                                     printable(tag.name)));
        return false;
      }
    }
    return true;
  }

  bool take_attribute(std::string_view& inside, Tag& tag) {
    const std::size_t equals = inside.find('=');
    if (equals == inside.npos || equals + 1 == inside.size() || inside.find_first_of(kBlanks) < equals) return false;
    const char quote = inside[equals + 1];
    const std::size_t last = inside.find(quote, equals + 2);
    if ((quote != '"' && quote != '\'') || last == inside.npos) return false;
    if (quote == '\'') doubt("a value in single quotes");
    const std::string_view name = inside.substr(0, equals);
    if (tag.value(name)) return false;
    tag.attributes.emplace_back(name, inside.substr(equals + 2, last - equals - 2));
    inside.remove_prefix(last + 1);
    return true;
  }

  void look_at(const Tag& tag) {
    if (tag.closes) {
      if (open_.empty() || open_.back().name != tag.name)
        return refuse(tag.line, fmt::format("</{}> closes no element that is open there", printable(tag.name)));
      return open_.pop_back();
    }
    if (open_.empty() && tag.name != "topology")
      return refuse(tag.line, fmt::format("the outermost element is <{}>, and of hwloc's exports it is <topology>",
                                          printable(tag.name)));
    if (std::ranges::find(kElements, tag.name) == kElements.end())
      return refuse(tag.line, fmt::format("hwloc has no element <{}>", printable(tag.name)));
    if (open_.size() > kDeepest)
      return refuse(tag.line, fmt::format("more than {} elements lie within each other", kDeepest));
    if (tag.name == "topology") look_at_version(tag);
    Open here{.name = tag.name, .line = tag.line};
    if (tag.name == "object" && of_today_) look_at_object(tag, here);
    if (!tag.stands_alone) open_.push_back(std::move(here));
  }

  void look_at_version(const Tag& tag) {
    if (!open_.empty()) return refuse(tag.line, "a <topology> lies within another");
    const std::string_view version = tag.value("version").value_or("1.0");
    int major = 0;
    if (std::from_chars(version.data(), version.data() + version.size(), major).ec != std::errc{})
      return refuse(tag.line, fmt::format("version \"{}\" is no number", printable(version)));
    if (major > kNewestFormat)
      refuse(tag.line, fmt::format("version {} is newer than {}.x, which this hwloc reads", printable(version),
                                   kNewestFormat));
    of_today_ = major == kNewestFormat;  // hwloc 1.x had other objects
  }

  void look_at_object(const Tag& tag, Open& here) {
    here.type = tag.value("type").value_or("");
    const std::string type = printable(here.type);
    hwloc_obj_type_t parsed;
    if (hwloc_type_sscanf(type.c_str(), &parsed, nullptr, 0) != 0)
      return refuse(tag.line, fmt::format("hwloc knows no object \"{}\"", type));
    if (parsed == HWLOC_OBJ_NUMANODE) return look_at_node(tag);
    if (!hwloc_obj_type_is_normal(parsed)) return;
    has_cpu_ = has_cpu_ || parsed == HWLOC_OBJ_PU;
    here.cpus = set_of(tag.value("cpuset").value_or(""));
    if (here.cpus == nullptr) return refuse(tag.line, fmt::format("this {} has no cpuset", type));
    look_at_complete_sets(tag);
    if (parsed == HWLOC_OBJ_PU && !is_one(tag, *here.cpus))
      return refuse(tag.line, "the cpuset of this PU is not its os_index alone");
    if (open_.empty() || open_.back().type.empty()) return;  // the machine
    Open& around = open_.back();
    if (around.cpus == nullptr)
      return refuse(tag.line, fmt::format("this {} lies within a {}, where nothing may", type, printable(around.type)));
    if (!hwloc_bitmap_isincluded(here.cpus.get(), around.cpus.get()))
      return refuse(tag.line, fmt::format("this {} has CPUs that the {} around it has not", type,
                                          printable(around.type)));
    if (hwloc_bitmap_intersects(here.cpus.get(), around.of_parts.get()))
      return refuse(tag.line, fmt::format("this {} has CPUs that the object before it has as well", type));
    hwloc_bitmap_or(around.of_parts.get(), around.of_parts.get(), here.cpus.get());
  }

  void look_at_node(const Tag& tag) {
    const Set own = set_of(tag.value("nodeset").value_or(""));
    if (own == nullptr) return refuse(tag.line, "this NUMANode has no nodeset");
    look_at_complete_sets(tag);
    if (!is_one(tag, *own)) return refuse(tag.line, "the nodeset of this NUMANode is not its os_index alone");
    if (hwloc_bitmap_intersects(own.get(), nodes_.get()))
      return refuse(tag.line, "there is a NUMANode of this os_index already");
    hwloc_bitmap_or(nodes_.get(), nodes_.get(), own.get());
  }

  void look_at_complete_sets(const Tag& tag) {
    for (const auto& [some, all] : {std::pair{"cpuset", "complete_cpuset"}, std::pair{"nodeset", "complete_nodeset"}})
      if (tag.value(some) && !is_within(tag, some, all))
        refuse(tag.line, fmt::format("this {} has no {} with its {} in it", printable(*tag.value("type")), all, some));
  }

  /// Do two attributes name sets, the first lying in the second?
  static bool is_within(const Tag& tag, std::string_view some, std::string_view all) {
    const Set part = set_of(tag.value(some).value_or("")), whole = set_of(tag.value(all).value_or(""));
    return part != nullptr && whole != nullptr && hwloc_bitmap_isincluded(part.get(), whole.get());
  }

  /// Is `set` what `tag` says its number is?
  static bool is_one(const Tag& tag, std::remove_pointer_t<hwloc_bitmap_t>& set) {
    const std::string_view text = tag.value("os_index").value_or("");
    int number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && hwloc_bitmap_weight(&set) == 1 &&
           hwloc_bitmap_first(&set) == number;
  }

  std::string_view rest_;
  Set nodes_;
  std::size_t line_ = 1;
  std::vector<Open> open_;
  std::string fault_;
  std::string doubt_ = "hwloc refuses what it describes, and tells more with HWLOC_XML_VERBOSE=1 in the environment";
  bool of_today_ = false, has_cpu_ = false, doubted_ = false;
};

}  // namespace

ExportLook look_at_export(std::string_view text) { return Reader(text).look(); }

}  // namespace roost
