// The room: one table of a TOML file, read key by key; what was never asked for is refused at the end.
// Not here: what keys mean.
// Invariants: the first problem stays and is told; after it answers are harmless defaults, so callers need no branches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "sched/vocabulary/result.hpp"
#include "sched/vocabulary/time.hpp"
#include "vmm/workload/distribution.hpp"

namespace roost {

/// The first thing that was wrong with a file.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}
  void refuse(const toml::node& at, std::string_view key, std::string_view sentence);
  std::string place(const toml::node& at, std::string_view key) const;  // "a.toml:3: host.costs"
  const std::string& file() const { return file_; }
  const std::optional<Error>& first() const { return first_; }

 private:
  std::string file_;
  std::optional<Error> first_;
};

struct Range {
  std::int64_t least, most;
};

class TomlSection {
 public:
  TomlSection(const toml::table& table, std::string path, Problems& problems)
      : table_(table), path_(std::move(path)), problems_(problems) {}

  // Each asks for one key, and so makes it known. None: it is not there, or it was refused.
  const toml::node* any(std::string_view key);
  bool has(std::string_view key) { return any(key) != nullptr; }
  std::optional<std::string> text(std::string_view key);
  std::optional<std::int64_t> whole(std::string_view key, Range range);
  std::optional<bool> flag(std::string_view key);
  std::optional<Duration> span(std::string_view key, Duration least = Duration{0});
  std::optional<std::uint64_t> size(std::string_view key);                       // "64K"
  std::optional<std::vector<std::uint32_t>> numbers(std::string_view key, Range range);  // [0, 2] or "0,2-5"
  std::optional<std::vector<std::uint32_t>> numbers_of(const toml::node& node, std::string_view key, Range range);
  std::optional<Distribution> distribution(std::string_view key);
  const toml::table* table(std::string_view key);
  const toml::array* array(std::string_view key);
  std::vector<const toml::table*> tables(std::string_view key);                  // [[key]]

  void refuse(std::string_view key, std::string_view sentence);
  void require(std::string_view key, std::string_view why);
  std::string path(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  }
  std::string place(std::string_view key);
  const toml::table& raw() const { return table_; }
  /// Refuses all keys that nobody asked for.
  void close();

 private:
  std::optional<Duration> span_of(const toml::node& node, std::string_view key, Duration least);

  const toml::table& table_;
  std::string path_;
  Problems& problems_;
  std::vector<std::string> known_;
};

}  // namespace roost
