// The room: what a piece of a policy lets its user set: constants by name, each with a unit, a usual value and bounds.
// Not here: reading them from text (policy/spec), what they do (each piece's plate).
// Invariants: values lie within the bounds of their infos; names are unique within a piece. A choice's value is the
//   place of its word among the words there are.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sched/vocabulary/check.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

enum class ConstantUnit : std::uint8_t { Span, Count, Choice };

struct ConstantInfo {
  std::string_view name;
  std::string_view about;
  std::int64_t usual, least, most;  // nanoseconds, a plain number, or a place in `words`
  ConstantUnit unit;
  std::span<const std::string_view> words = {};  // of a choice
};

constexpr ConstantInfo time_constant(std::string_view name, std::string_view about, Duration usual, Duration least,
                                     Duration most) {
  return {name, about, usual.count(), least.count(), most.count(), ConstantUnit::Span};
}
constexpr ConstantInfo count_constant(std::string_view name, std::string_view about, std::int64_t usual,
                                      std::int64_t least, std::int64_t most) {
  return {name, about, usual, least, most, ConstantUnit::Count};
}
/// The first word is usual.
constexpr ConstantInfo choice_constant(std::string_view name, std::string_view about,
                                       std::span<const std::string_view> words) {
  return {name, about, 0, 0, static_cast<std::int64_t>(words.size()) - 1, ConstantUnit::Choice, words};
}

/// What every piece says of itself.
struct PieceInfo {
  std::string_view name;
  std::string_view about;   // one line
  std::string_view source;  // whose rules these are
  std::span<const ConstantInfo> constants;
  std::string_view header = name;  // the file with its plate, without .hpp
};

/// The constants of one piece, each at its usual value unless set.
class ConstantValues {
 public:
  explicit ConstantValues(const PieceInfo& piece) : infos_(piece.constants) {
    for (const ConstantInfo& info : infos_) values_.push_back(info.usual);
  }

  Duration time(std::string_view name) const { return Duration(get(name, ConstantUnit::Span)); }
  std::int64_t count(std::string_view name) const { return get(name, ConstantUnit::Count); }
  template <typename Enum>
  Enum choice(std::string_view name) const {
    return static_cast<Enum>(get(name, ConstantUnit::Choice));
  }

  /// `value` lies within the bounds of the constant of this name, which exists.
  void set(std::string_view name, std::int64_t value) {
    const std::size_t position = find(name);
    check(value >= infos_[position].least && value <= infos_[position].most, "a constant lies within its bounds");
    values_[position] = value;
  }

 private:
  std::size_t find(std::string_view name) const {
    for (std::size_t i = 0; i < infos_.size(); ++i)
      if (infos_[i].name == name) return i;
    check_failed("a piece asks only for constants that it has named", __builtin_FILE(), __builtin_LINE());
  }
  std::int64_t get(std::string_view name, ConstantUnit unit) const {
    const std::size_t position = find(name);
    check(infos_[position].unit == unit, "a constant is read in its unit");
    return values_[position];
  }

  std::span<const ConstantInfo> infos_;
  std::vector<std::int64_t> values_;
};

}  // namespace roost
