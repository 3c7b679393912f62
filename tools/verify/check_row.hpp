// The room: does what was predicted hold of what is simulated? A row's scenario is run with each of its seeds.
// Rules: runs differ in their seed alone, so each is a batch of its own; a row's runs are long against what a system
//   that begins empty takes to settle. With a tolerance of the mean both must hold: the mean is that near to the
//   prediction, and the prediction lies within the 99.9% interval (Student's t) of the runs.
#pragma once

#include <filesystem>
#include <vector>

#include "sched/vocabulary/result.hpp"
#include "tools/report/estimate.hpp"
#include "tools/verify/theory_row.hpp"

namespace roost {

struct RowVerdict {
  const TheoryRow* row = nullptr;
  std::vector<double> figures;  // of its runs, in the order of their seeds
  Estimate simulated;           // with the half width of the 99.9% interval
  bool holds = false;
};

/// Whether these figures of `row` bear it out.
RowVerdict judge(const TheoryRow& row, std::vector<double> figures);
/// Refused: its scenario, in `folder`, cannot be read.
Result<RowVerdict> check_row(const TheoryRow& row, const std::filesystem::path& folder);

}  // namespace roost
