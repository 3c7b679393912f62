#include "tools/cli/trace_command.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tools/cli/guest_source.hpp"
#include "tools/cli/quantities.hpp"
#include "tools/cli/say.hpp"
#include "tools/cli/trace_options.hpp"
#include "tools/report/trace_view.hpp"

namespace roost {
namespace {

constexpr const char* kTimehistFooter = R"(Times are of the run, in seconds; the three spans in milliseconds:
  wait time   since the vCPU last left a pCPU, halted or not
  sch delay   of that: ready, but not running (after a wakeup or a preemption)
  run time    on the pCPU; the line stands at its end

Examples:
  roost run barrier_storm --vcpus 4 --pcpus 2 --trace run.pftrace
  roost timehist run.pftrace --with-summary
  roost timehist run.pftrace --vm web --pcpus 0-3 --time 10ms..20ms)";

constexpr const char* kMapFooter = R"(Who runs on each pCPU stands there by a short name, explained where it appears.
  *  the pCPU that switched      .  idle      -  a vCPU of another VM (--vm)      blank  nothing known yet

Example:
  roost map run.pftrace --pcpus 0-7 --time 10ms..11ms)";

Result<RecordedTrace> recorded(const std::string& file) {
  const auto bytes = read_file(file);
  if (!bytes) return bytes.error();
  return read_trace({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, file);
}

Result<TraceChoice> choice_of(const TraceViewText& text, const RecordedTrace& trace) {
  TraceChoice choice;
  if (!text.pcpus.empty()) {
    const auto ids = parse_id_list("--pcpus", text.pcpus);
    if (!ids) return ids.error();
    for (const std::uint32_t id : *ids) {
      if (id >= trace.pcpus)
        return Error{fmt::format("--pcpus names pCPU {}; the trace has 0 to {}", id, trace.pcpus - 1)};
      choice.pcpus.insert(PcpuId{id});
    }
  }
  for (const std::string& vm : text.vms) {
    const bool known = std::any_of(trace.vcpus.begin(), trace.vcpus.end(),
                                   [&](const RecordedVcpu& vcpu) { return vcpu.vm == vm; });
    if (!known) return Error{fmt::format("--vm '{}': no VM of this name is in the trace", vm)};
    choice.vms.push_back(vm);
  }
  if (text.window.empty()) return choice;
  const auto window = parse_window("--time", text.window);
  if (!window) return window.error();
  choice.from = Time{} + window->from;
  if (window->to != Duration::max()) choice.to = Time{} + window->to;
  return choice;
}

template <typename Show>
Result<std::string> shown(const TraceViewText& text, Show show) {
  const auto trace = recorded(text.file);
  if (!trace) return trace.error();
  const auto choice = choice_of(text, *trace);
  if (!choice) return choice.error();
  return show(*trace, *choice);
}

void describe_choice(CLI::App& command, TraceViewText& text) {
  command.add_option("trace", text.file, "What 'roost run --trace' has written, in either format")
      ->required()->type_name("TRACE");
  command.add_option("--pcpus,-C", text.pcpus, "Only these pCPUs, as in 0,2-5 [all]")->type_name("LIST");
  command.add_option("--vm", text.vms, "Only vCPUs of this VM; may be given several times [all]")
      ->type_name("NAME")->allow_extra_args(false);
  command.add_option("--time", text.window, "Only this span of the run, as in 5ms..20ms [all]")
      ->type_name("FROM..TO");
}

}  // namespace

Result<std::string> timehist_text(const TraceViewText& text) {
  return shown(text, [&](const RecordedTrace& trace, const TraceChoice& choice) {
    return timehist(trace, choice, {.lines = !text.summary, .summary = text.summary || text.with_summary});
  });
}

Result<std::string> map_text(const TraceViewText& text) {
  return shown(text, [](const RecordedTrace& trace, const TraceChoice& choice) {
    return occupancy_map(trace, choice);
  });
}

void add_trace_commands(CLI::App& app, TraceViewText& text, std::function<Result<int>()>& action) {
  const auto say_it = [](const Result<std::string>& shown_text) -> Result<int> {
    if (!shown_text) return shown_text.error();
    say(stdout, *shown_text);
    return 0;
  };
  CLI::App* history = app.add_subcommand("timehist", "Show a trace as text: a line for each time that a vCPU ran");
  describe_choice(*history, text);
  history->add_flag("-s,--summary", text.summary, "Only sums of each vCPU, and how long pCPUs idled");
  history->add_flag("-S,--with-summary", text.with_summary, "These sums below the lines");
  history->footer(kTimehistFooter);
  history->callback([&, say_it] { action = [&, say_it] { return say_it(timehist_text(text)); }; });
  CLI::App* map = app.add_subcommand("map", "Show a trace as text: a column per pCPU, a line per switch");
  describe_choice(*map, text);
  map->footer(kMapFooter);
  map->callback([&, say_it] { action = [&, say_it] { return say_it(map_text(text)); }; });
}

}  // namespace roost
