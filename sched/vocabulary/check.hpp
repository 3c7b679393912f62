// The room: check(), the assertion that stays on in every build.
// Not here: errors of a user or a guest; those are sentences (Result) and trap values.
#pragma once

#include <stdexcept>
#include <string>

namespace roost {

/// Our own mistake. Thrown by check(); nothing catches it but tests: the program ends with its sentence.
class CheckFailure : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] inline void check_failed(const char* rule, const char* file, int line) {
  throw CheckFailure(std::string(file) + ":" + std::to_string(line) + ": broken invariant: " + rule);
}

constexpr void check(bool holds, const char* rule, const char* file = __builtin_FILE(),
                     int line = __builtin_LINE()) {
  if (!holds) [[unlikely]] check_failed(rule, file, line);
}

}  // namespace roost
