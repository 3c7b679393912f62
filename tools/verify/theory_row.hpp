// The room: a published result, and the scenario of which it must hold: a row of `roost verify`.
// Not here: running it (check_row), showing it (theory_table). The scenarios are in tools/theory.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tools/cli/scenario_run.hpp"

namespace roost {

/// How near what is simulated must come to what is predicted.
struct Tolerance {
  enum class Kind : std::uint8_t {
    Mean,    // the mean of all runs lies within `part` of it, and the prediction within the 99.9% interval
    Each,    // each run lies within `part` of it: nothing is drawn that matters
    AtMost,  // no run has more
    Exactly, // each run has that
  };
  Kind kind = Kind::Mean;
  double part = 0;  // of the prediction
};

struct TheoryRow {
  std::string_view name;      // what `roost verify NAME` takes, and the scenario's file without ".toml"
  std::string_view result;    // what is predicted, in words and a formula
  std::string_view source;
  double predicted = 0;
  std::string_view unit;
  Tolerance tolerance;
  std::uint32_t runs = 0;     // seeds 1, 2, ...
  double (*measure)(const ScenarioRun& run);  // the figure of one run
};

/// All of them, by subject.
std::span<const TheoryRow> theory_rows();

}  // namespace roost
