#include "vmm/workload/toml_section.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "sched/policy/nearest_name.hpp"
#include "sched/policy/spec.hpp"
#include "vmm/workload/quantity.hpp"

namespace roost {

void Problems::refuse(const toml::node& at, std::string_view key, std::string_view sentence) {
  if (!first_) first_ = Error{fmt::format("{}: {}", place(at, key), sentence)};
}

std::string Problems::place(const toml::node& at, std::string_view key) const {
  if (key.empty()) return fmt::format("{}:{}", file_, at.source().begin.line);
  return fmt::format("{}:{}: {}", file_, at.source().begin.line, key);
}

const toml::node* TomlSection::any(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  return table_.get(key);
}

void TomlSection::refuse(std::string_view key, std::string_view sentence) {
  const toml::node* const node = table_.get(key);
  problems_.refuse(node ? *node : table_, path(key), sentence);
}

void TomlSection::require(std::string_view key, std::string_view why) {
  if (!has(key)) refuse(key, why);
}

std::string TomlSection::place(std::string_view key) {
  const toml::node* const node = table_.get(key);
  return problems_.place(node ? *node : table_, path(key));
}

std::optional<std::string> TomlSection::text(std::string_view key) {
  const toml::node* const node = any(key);
  if (!node) return std::nullopt;
  if (const auto value = node->value_exact<std::string>(); value && !value->empty()) return *value;
  refuse(key, "a text in quotes is expected here, and not an empty one");
  return std::nullopt;
}

std::optional<std::int64_t> TomlSection::whole(std::string_view key, Range range) {
  const toml::node* const node = any(key);
  if (!node) return std::nullopt;
  const auto value = node->value_exact<std::int64_t>();
  if (value && *value >= range.least && *value <= range.most) return *value;
  refuse(key, fmt::format("a whole number from {} to {} is expected here", range.least, range.most));
  return std::nullopt;
}

std::optional<bool> TomlSection::flag(std::string_view key) {
  const toml::node* const node = any(key);
  if (!node) return std::nullopt;
  if (const auto value = node->value_exact<bool>()) return *value;
  refuse(key, "true or false is expected here");
  return std::nullopt;
}

std::optional<Duration> TomlSection::span_of(const toml::node& node, std::string_view key, Duration least) {
  const auto value = node.value_exact<std::string>();
  const auto duration = value ? parse_duration(*value) : Result<Duration>(Error{""});
  if (duration && *duration >= least && *duration <= kLongestSpan) return *duration;
  if (duration)
    problems_.refuse(node, path(key), fmt::format("'{}' lies outside {} .. 1 year", *value, to_text(least)));
  else
    problems_.refuse(node, path(key),
                     "a span of time is expected here: a whole number and s, ms, us or ns, such as \"2ms\"");
  return std::nullopt;
}

std::optional<Duration> TomlSection::span(std::string_view key, Duration least) {
  const toml::node* const node = any(key);
  return node ? span_of(*node, key, least) : std::nullopt;
}

std::optional<std::uint64_t> TomlSection::size(std::string_view key) {
  const auto value = text(key);
  if (!value) return std::nullopt;
  if (const auto bytes = parse_bytes(*value)) return *bytes;
  refuse(key, fmt::format("'{}' is no size; write a whole number and K, M, G or T in quotes, such as \"64M\"", *value));
  return std::nullopt;
}

std::optional<std::vector<std::uint32_t>> TomlSection::numbers(std::string_view key, Range range) {
  const toml::node* const node = any(key);
  return node ? numbers_of(*node, key, range) : std::nullopt;
}

std::optional<std::vector<std::uint32_t>> TomlSection::numbers_of(const toml::node& node, std::string_view key,
                                                                  Range range) {
  const std::string expected = fmt::format(
      "numbers from {} to {} are expected here, as [0, 2, 3] or \"0,2-3\"", range.least, range.most);
  std::vector<std::uint32_t> found;
  bool good = true;
  if (const auto value = node.value_exact<std::string>()) {
    const auto parsed = parse_ids(*value, static_cast<std::uint32_t>(range.most));
    good = parsed.has_value();
    if (good) found = *parsed;
  } else if (const toml::array* const list = node.as_array()) {
    for (const toml::node& item : *list) {
      const auto number = item.value_exact<std::int64_t>();
      good = good && number && *number <= range.most && *number >= 0;
      if (good) found.push_back(static_cast<std::uint32_t>(*number));
    }
  } else {
    good = false;
  }
  for (const std::uint32_t number : found) good = good && number >= range.least;
  if (good && !found.empty()) return found;
  problems_.refuse(node, path(key), expected);
  return std::nullopt;
}

std::optional<Distribution> TomlSection::distribution(std::string_view key) {
  const toml::node* const node = any(key);
  if (!node) return std::nullopt;
  if (node->is_string()) {
    const auto constant = span_of(*node, key, Duration{0});
    return constant ? std::optional(Distribution{.a = *constant}) : std::nullopt;
  }
  const toml::table* const table = node->as_table();
  if (!table) {
    refuse(key, "a span of time such as \"2ms\" or a distribution such as { exponential = \"2ms\" } or "
                "{ uniform = [\"1ms\", \"3ms\"] } is expected here");
    return std::nullopt;
  }
  TomlSection section(*table, path(key), problems_);
  const auto constant = section.span("constant"), mean = section.span("exponential", Duration{1});
  const toml::array* const ends = section.array("uniform");
  section.close();
  if (constant.has_value() + mean.has_value() + (ends != nullptr) != 1) {
    refuse(key, "one of constant, exponential and uniform is expected here, as in { exponential = \"2ms\" }");
    return std::nullopt;
  }
  if (constant) return Distribution{.a = *constant};
  if (mean) return Distribution{.kind = Distribution::Kind::Exponential, .a = *mean};
  if (ends->size() == 2) {
    const auto least = span_of(*ends->get(0), key, Duration{0}), most = span_of(*ends->get(1), key, Duration{0});
    if (least && most && *least <= *most)
      return Distribution{.kind = Distribution::Kind::Uniform, .a = *least, .b = *most};
  }
  refuse(key, "uniform has the least and the most, as in { uniform = [\"1ms\", \"3ms\"] }");
  return std::nullopt;
}

const toml::table* TomlSection::table(std::string_view key) {
  const toml::node* const node = any(key);
  if (!node) return nullptr;
  if (!node->is_table()) refuse(key, fmt::format("a table is expected here: [{}]", path(key)));
  return node->as_table();
}

const toml::array* TomlSection::array(std::string_view key) {
  const toml::node* const node = any(key);
  if (!node) return nullptr;
  if (!node->is_array()) refuse(key, "a list in brackets is expected here");
  return node->as_array();
}

std::vector<const toml::table*> TomlSection::tables(std::string_view key) {
  std::vector<const toml::table*> found;
  const toml::node* const node = any(key);
  if (!node) return found;
  const toml::array* const list = node->as_array();
  for (std::size_t i = 0; list && i < list->size(); ++i)
    if (const toml::table* const table = list->get(i)->as_table()) found.push_back(table);
  if (!list || found.size() != list->size())
    refuse(key, fmt::format("tables are expected here: [[{}]] once for each", path(key)));
  return found;
}

void TomlSection::close() {
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const auto& [key, value] : table_) {
    const std::string_view name = key.str();
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    problems_.refuse(value, path_, fmt::format("there is no key '{}' here; {}", name, suggestion(name, known)));
  }
}

}  // namespace roost
