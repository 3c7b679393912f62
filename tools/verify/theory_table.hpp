// The room: verdicts as a table and as JSON ("roost.verify/1").
#pragma once

#include <span>
#include <string>

#include "tools/verify/check_row.hpp"

namespace roost {

/// A line of column titles, and a line for each row as soon as it is known: all have the same widths.
std::string theory_head();
std::string theory_line(const RowVerdict& verdict);
/// How many hold, and what it means that one does not.
std::string theory_summary(std::span<const RowVerdict> verdicts);
std::string theory_list();
/// `rows`: {name, result, source, unit, predicted, tolerance: {kind, part}, figures by seed, mean, half_width_999,
/// holds}.
std::string theory_json(std::span<const RowVerdict> verdicts);

}  // namespace roost
