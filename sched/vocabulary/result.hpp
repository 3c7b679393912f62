// The room: a value, or one sentence that says what was wrong, where, and what to do.
// Not here: our own mistakes (check) and guest faults (trap values).
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "sched/vocabulary/check.hpp"

namespace roost {

struct Error {
  std::string sentence;  // no capital, no full stop: "guest.elf: segment 2 lies outside RAM; try --memory 256M"
};

template <typename T>
class [[nodiscard]] Result {  // std::expected's method names
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() { return check(has_value(), "value() of a Result that holds a value"), std::get<0>(state_); }
  const T& value() const { return check(has_value(), "value() of a Result that holds a value"), std::get<0>(state_); }
  const Error& error() const { return check(!has_value(), "error() of a Result that holds one"), std::get<1>(state_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace roost
