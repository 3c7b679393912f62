#include "tools/cli/run_outcome.hpp"

#include <csignal>
#include <utility>

#include <fmt/format.h>

#include "tools/cli/guest_source.hpp"
#include "tools/cli/say.hpp"
#include "tools/report/chrome_trace.hpp"
#include "tools/report/perfetto_trace.hpp"
#include "tools/report/run_json.hpp"
#include "tools/report/run_table.hpp"

namespace roost {
namespace {

constexpr int kTimeLimitCode = 124;  // as timeout(1) has it
constexpr int kSignalCode = 128;     // as shells have it, plus the signal
constexpr int kStuckCode = 125;

std::optional<Error> write_outputs(const RunOptions& options, const FinishedRun& run) {
  if (!options.json.empty())
    if (const auto written = write_file(options.json, run_json(run) + "\n"); !written) return written.error();
  return write_trace(options.trace.file, run);
}

}  // namespace

int exit_code_of(const FinishedRun& run, int signal) {
  if (run.end == RunEnd::Interrupted) return kSignalCode + (signal != 0 ? signal : SIGINT);
  if (run.end == RunEnd::Stuck) return kStuckCode;
  for (const VmReport& vm : run.report.vms)
    if (vm.exit_code != 0) return (vm.exit_code & 0xff) != 0 ? vm.exit_code & 0xff : 1;
  return 0;
}

std::optional<Error> refuse_outputs(const TraceOptions& trace, const std::string& json, std::size_t pcpus) {
  if (auto error = refuse_trace(trace, pcpus)) return error;
  for (const auto& [option, file] : {std::pair{"--trace", &trace.file}, std::pair{"--json", &json}})
    if (const auto error = refuse_unwritable(*file)) return Error{fmt::format("{} {}", option, error->sentence)};
  if (!json.empty() && json == trace.file)
    return Error{fmt::format("--trace and --json both name {}; one would overwrite the other", json)};
  return std::nullopt;
}

std::optional<Error> write_trace(const std::string& file, const FinishedRun& run) {
  if (file.empty()) return std::nullopt;
  const auto trace = file.ends_with(".json") ? Result<std::string>(chrome_trace(run)) : perfetto_trace(run);
  if (!trace) return trace.error();
  if (const auto written = write_file(file, *trace); !written) return written.error();
  if (run.events_lost > 0)
    say(stderr, fmt::format("roost: the trace holds the first {} events; {} later ones are not in it\n",
                            run.events.size(), run.events_lost));
  return std::nullopt;
}

Result<int> conclude(const RunOptions& options, const FinishedRun& run, int signal) {
  if (!options.quiet) say(stderr, "\n" + run_table(run));
  if (const auto error = write_outputs(options, run)) return *error;
  return run.end == RunEnd::TimeLimit ? kTimeLimitCode : exit_code_of(run, signal);
}

}  // namespace roost
