// The room: what --trace, --trace-window and --trace-cpus ask for, and whether it can be done.
// Not here: recording (vmm/executor), writing the file (tools/report).
#pragma once

#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "sched/vocabulary/result.hpp"
#include "vmm/executor/event_log.hpp"

namespace roost {

/// As it stands on the command line.
struct TraceText {
  std::string file, window, pcpus;
};

struct TraceOptions {
  std::string file;  // empty: no trace
  TraceScope scope;
};

/// "5ms..20ms", "..20ms", "5ms..": from and to, in that order; `what` names the option in the sentence.
Result<TraceScope> parse_window(const std::string& what, const std::string& text);

void describe_trace(CLI::App& command, TraceText& text);
Result<TraceOptions> parse_trace(const TraceText& text);
/// Before the run: can these pCPUs of `count` be shown in a file of that kind?
std::optional<Error> refuse_trace(const TraceOptions& trace, std::size_t count);

}  // namespace roost
