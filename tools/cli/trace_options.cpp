#include "tools/cli/trace_options.hpp"

#include <fmt/format.h>

#include "sched/policy/spec.hpp"
#include "tools/cli/quantities.hpp"
#include "tools/report/perfetto_trace.hpp"

namespace roost {

Result<TraceScope> parse_window(const std::string& what, const std::string& text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos)
    return Error{fmt::format("{} '{}' is no window; write FROM..TO, such as 5ms..20ms, 5ms.. or ..20ms", what, text)};
  const std::string from = text.substr(0, dots), to = text.substr(dots + 2);
  TraceScope scope;
  for (const auto& [bound, place] : {std::pair{from, &scope.from}, std::pair{to, &scope.to}}) {
    if (bound.empty()) continue;
    const auto time = parse_duration(bound);
    if (!time) return Error{fmt::format("{} '{}': {}", what, text, time.error().sentence)};
    *place = *time;
  }
  if (scope.from >= scope.to)
    return Error{fmt::format("{} '{}' holds nothing: its end does not lie after its beginning", what, text)};
  return scope;
}

void describe_trace(CLI::App& command, TraceText& text) {
  const auto option = [&](const char* name, std::string& place, const char* about) {
    return command.add_option(name, place, about)->group("What is seen of it");
  };
  option("--trace", text.file,
         "Writes a trace for https://ui.perfetto.dev (FILE.json: Chrome's format), which 'roost timehist' and "
         "'roost map' read too")
      ->type_name("FILE");
  option("--trace-window", text.window, "Traces only this span of the run, as in 5ms..20ms, ..20ms or 5ms.. [all]")
      ->type_name("FROM..TO");
  option("--trace-cpus", text.pcpus, "Traces only these pCPUs, as in 0,2-5 [all]")->type_name("LIST");
}

Result<TraceOptions> parse_trace(const TraceText& text) {
  TraceOptions trace{.file = text.file, .scope = {}};
  if (text.file.empty() && !(text.window.empty() && text.pcpus.empty()))
    return Error{fmt::format("{} says what of the run to trace; add --trace FILE",
                             text.window.empty() ? "--trace-cpus" : "--trace-window")};
  if (!text.window.empty()) {
    const auto window = parse_window("--trace-window", text.window);
    if (!window) return window.error();
    trace.scope = *window;
  }
  if (text.pcpus.empty()) return trace;
  const auto ids = parse_id_list("--trace-cpus", text.pcpus);
  if (!ids) return ids.error();
  trace.scope.pcpus = PcpuSet::of(*ids);
  return trace;
}

std::optional<Error> refuse_trace(const TraceOptions& trace, std::size_t count) {
  if (trace.file.empty()) return std::nullopt;
  PcpuId last = id_at<PcpuId>(count - 1);
  if (!trace.scope.pcpus.empty())
    trace.scope.pcpus.for_each([&](PcpuId pcpu) { last = pcpu; });
  if (index(last) >= count)
    return Error{fmt::format("--trace-cpus names pCPU {}; this host has 0 to {}", index(last), count - 1)};
  if (!trace.file.ends_with(".json") && index(last) >= kMostPerfettoPcpus)
    return Error{fmt::format("--trace {}: Perfetto's format shows pCPUs 0 to {}, and this is to show pCPU {}; choose "
                             "with --trace-cpus, as in 0-{}, or write Chrome's format (FILE.json)",
                             trace.file, kMostPerfettoPcpus - 1, index(last), kMostPerfettoPcpus - 1)};
  return std::nullopt;
}

}  // namespace roost
