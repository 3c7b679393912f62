// The room: a run as text: who ran where, for how long, waited how long, moved how far and why; ends in words.
// Not here: JSON (run_json), traces (perfetto_trace, chrome_trace).
#pragma once

#include <string>

#include "tools/report/finished_run.hpp"

namespace roost {

inline constexpr std::size_t kMostRows = 64;  // of vCPUs or pCPUs: more is nothing to read

/// How many vCPUs have a row in the tables: all, or of more than kMostRows those that had something to do.
std::size_t rows_of(const FinishedRun& run);
/// Tables of vCPUs, migrations and pCPUs, and the summary. Up to about 120 columns wide.
std::string run_table(const FinishedRun& run);

/// One line: do run + wait + halted = lifetime and busy + idle + overhead = wall hold, to the nanosecond?
std::string time_sums(const RunReport& report);
/// What it came to, a sentence a line: "4 vCPUs of 1 VM shared 2 pCPUs for 1.23 s under roost."
std::string closing_words(const FinishedRun& run);

}  // namespace roost
