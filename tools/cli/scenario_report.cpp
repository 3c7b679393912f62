#include "tools/cli/scenario_report.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/report/estimate.hpp"
#include "tools/report/fairness.hpp"
#include "tools/report/json_lines.hpp"
#include "tools/report/report_totals.hpp"
#include "tools/report/run_json.hpp"
#include "tools/report/run_table.hpp"
#include "tools/report/text_table.hpp"
#include "tools/report/units.hpp"

namespace roost {
namespace {

using Json = nlohmann::ordered_json;

const char* name_of(ObjectSpec::Kind kind) {
  switch (kind) {
    case ObjectSpec::Kind::Event: return "event";
    case ObjectSpec::Kind::Lock: return "lock";
    case ObjectSpec::Kind::Barrier: return "barrier";
    case ObjectSpec::Kind::Queue: return "queue";
  }
  return "object";
}

Duration mean_of(const Histogram& times) {
  return times.count() == 0 ? Duration{0} : times.sum() / static_cast<std::int64_t>(times.count());
}

/// What is estimated over repetitions.
struct Measure {
  std::string name, unit;
  std::vector<double> samples;
};

double seconds_of(Duration d) { return static_cast<double>(nanoseconds(d)) / 1e9; }

/// The figures of one run, in an order that is the same for all runs of a scenario.
std::vector<Measure> figures_of(const ScenarioRun& one) {
  const RunReport& report = one.run.report;
  const Totals totals = totals_of(report);
  const Histogram wakes = wakes_of(report);
  const Fairness fairness = fairness_of(report);
  Duration work{0}, overhead{0}, steal{0}, reload{0};
  std::uint64_t switches = 0, kicks = report.elsewhere.kicks_sent;
  for (const VmCounts& vm : one.vms) work += vm.work;
  for (const VcpuReport& vcpu : report.vcpus)
    if (vcpu.used) steal += vcpu.steal, reload += vcpu.reload;
  for (const PcpuReport& pcpu : report.pcpus)
    overhead += pcpu.overhead, switches += pcpu.switches, kicks += pcpu.kicks_sent;
  std::vector<Measure> all;
  const auto add = [&](std::string name, std::string unit, double figure) {
    all.push_back({std::move(name), std::move(unit), {figure}});
  };
  const auto percent = [](Duration part, Duration whole) {
    return 100 * seconds_of(part) / std::max(seconds_of(whole), 1e-9);
  };
  const auto micros = [](Duration d) { return 1e6 * seconds_of(d); };
  add("wall", "s", seconds_of(report.wall)), add("work done", "s", seconds_of(work));
  add("busy", "%", percent(totals.busy, totals.wall)), add("overhead", "%", percent(overhead, totals.wall));
  add("run", "% of lives", percent(totals.run, totals.lifetime));
  add("wait", "% of lives", percent(totals.wait, totals.lifetime));
  add("steal", "% of lives", percent(steal, totals.lifetime)), add("reload", "us", micros(reload));
  add("wake-to-run mean", "us", micros(mean_of(wakes))), add("wake-to-run p50", "us", micros(wakes.percentile(500)));
  add("wake-to-run p99", "us", micros(wakes.percentile(990)));
  add("wake-to-run p99.9", "us", micros(wakes.percentile(999))), add("wake-to-run max", "us", micros(wakes.max()));
  add("switches", "", static_cast<double>(switches)), add("kicks", "", static_cast<double>(kicks));
  add("migrations", "", static_cast<double>(migrations_of(report).total()));
  add("Jain's index by weight", "", fairness.jain_by_weight), add("max lag", "us", micros(fairness.max_lag()));
  if (!report.simulation.costs.empty()) add("energy", "J", static_cast<double>(energy_of(report)) / 1e6);
  if (report.conservation.source != ConservationReport::Source::None)
    add("lost to waiting", "% of pCPU time", percent(report.conservation.lost, totals.wall));
  for (const ObjectCounts& object : one.objects)
    if (object.kind == ObjectSpec::Kind::Queue) add("sojourn in " + object.name, "us", micros(mean_of(object.sojourn)));
  return all;
}

std::vector<Measure> measures(std::span<const ScenarioRun> runs) {
  std::vector<Measure> all;
  for (const ScenarioRun& one : runs) {
    std::vector<Measure> figures = figures_of(one);
    if (all.empty()) {
      all = std::move(figures);
      continue;
    }
    // Of live repetitions only the first may be traced, and only a trace tells what was lost there.
    for (Measure& measure : all)
      for (const Measure& figure : figures)
        if (figure.name == measure.name) measure.samples.push_back(figure.samples.front());
  }
  std::erase_if(all, [&](const Measure& measure) { return measure.samples.size() != runs.size(); });
  return all;
}

std::string script_table(const ScenarioRun& run) {
  if (run.vms.size() > kMostRows || std::ranges::none_of(run.vms, &VmCounts::scripted)) return "";
  TextTable table;
  table.column("VM", Align::Left).column("work").column("rounds").column("waits").column("locks").column("jobs");
  table.column("late timers").column("IPIs taken").column("forks");
  const auto touches = [](const VmCounts& vm) { return vm.lines_touched.value_or(0) > 0; };
  const bool touched = std::ranges::any_of(run.vms, touches);
  if (touched) table.column("lines touched");
  for (const VmCounts& vm : run.vms) {
    if (!vm.scripted) continue;
    std::vector<std::string> cells{vm.name, duration_text(vm.work), count_text(vm.all.rounds), count_text(vm.all.waits),
               count_text(vm.all.locks), count_text(vm.all.jobs), count_text(vm.all.late),
               count_text(vm.all.interrupts),
               vm.all.forks_refused == 0 ? count_text(vm.all.forks)
                                         : fmt::format("{} ({} refused)", vm.all.forks, vm.all.forks_refused)};
    if (touched) cells.push_back(count_text(vm.lines_touched.value_or(0)));
    table.row(std::move(cells));
  }
  return table.text();
}

std::string object_table(const ScenarioRun& run) {
  if (run.objects.empty() || run.objects.size() > kMostRows) return "";
  TextTable table;
  table.column("shared", Align::Left).column("kind", Align::Left).column("taken").column("after waiting");
  table.column("sojourn mean").column("p50").column("p99");
  for (const ObjectCounts& object : run.objects) {
    const bool queue = object.kind == ObjectSpec::Kind::Queue && object.sojourn.count() > 0;
    table.row({object.vm.empty() ? object.name : object.vm + "/" + object.name, name_of(object.kind),
               count_text(object.grants), share_text(Duration(static_cast<std::int64_t>(object.queued)),
                                                     Duration(static_cast<std::int64_t>(object.grants))),
               queue ? duration_text(mean_of(object.sojourn)) : "-",
               queue ? duration_text(object.sojourn.percentile(500)) : "-",
               queue ? duration_text(object.sojourn.percentile(990)) : "-"});
  }
  return table.text();
}

/// Plainly: digits as many as tell something, and the unit.
std::string figure_text(double figure, std::string_view unit) {
  if (unit == "s") return duration_text(Duration(std::llround(figure * 1e9)));
  if (unit == "us") return duration_text(Duration(std::llround(figure * 1e3)));
  if (unit.starts_with('%')) return fmt::format("{:.2f}%", figure);
  return figure < 100 ? fmt::format("{:.3f}", figure) : count_text(static_cast<std::uint64_t>(std::llround(figure)));
}

/// "steal (of lives)".
std::string title_of(const Measure& measure) {
  constexpr std::string_view kOf = "% ";
  if (!measure.unit.starts_with(kOf)) return measure.name;
  return fmt::format("{} ({})", measure.name, measure.unit.substr(kOf.size()));
}

std::string estimate_table(std::span<const ScenarioRun> runs) {
  TextTable table;
  table.column(fmt::format("of {} runs", runs.size()), Align::Left).column("mean").column("95% +-");
  for (const Measure& measure : measures(runs)) {
    const Estimate of = estimate(measure.samples);
    table.row({title_of(measure), figure_text(of.mean, measure.unit), figure_text(of.half_width, measure.unit)});
  }
  return table.text();
}

std::string change_words(const ScenarioRun& run) {
  std::string out;
  std::size_t refused = 0;
  for (const ChangeOutcome& change : run.changes) {
    if (change.refused.empty()) continue;
    ++refused;
    out += fmt::format("Refused at {}: {}: {}.\n", duration_text(change.at), change.what, change.refused);
  }
  if (run.changes.empty()) return "";
  return fmt::format("Changed while it ran: {}", plural(run.changes.size() - refused, "time")) + ".\n" + out;
}

std::string fork_words(const ScenarioPlan& plan, const ScenarioRun& run) {
  const char* const advice = plan.scenario.rtapp ? "a \"loop\" that is no -1 makes room for as many, up to 1024"
                                                 : "the VM may be given more spare_vcpus";
  std::string out;
  for (const VmCounts& vm : run.vms)
    if (vm.all.forks_refused > 0)
      out += fmt::format("{} of {}'s {} found no spare vCPU and came to nothing: all {} were busy by then; {}.\n",
                         count_text(vm.all.forks_refused), vm.name,
                         plural(vm.all.forks + vm.all.forks_refused, "fork"), count_text(vm.spares), advice);
  return out;
}

Json vm_json(const VmCounts& vm) {
  return {{"vm", vm.name},
          {"work_ns", nanoseconds(vm.work)},
          {"rounds", vm.all.rounds},
          {"waits", vm.all.waits},
          {"locks", vm.all.locks},
          {"jobs", vm.all.jobs},
          {"late_timers", vm.all.late},
          {"interrupts", vm.all.interrupts},
          {"forks", vm.all.forks},
          {"forks_refused", vm.all.forks_refused},
          {"lines_touched", vm.lines_touched ? Json(*vm.lines_touched) : Json(nullptr)}};
}

Json change_json(const ChangeOutcome& change) {
  return {{"at_ns", nanoseconds(change.at)},
          {"what", change.what},
          {"refused", change.refused.empty() ? Json(nullptr) : Json(change.refused)}};
}

Json object_json(const ObjectCounts& object) {
  Json json{{"name", object.name}, {"kind", name_of(object.kind)}, {"vm", object.vm}, {"taken", object.grants},
            {"after_waiting", object.queued}, {"waiting_at_end", object.waiting.size()}};
  if (object.kind == ObjectSpec::Kind::Queue)
    json["sojourn"] = {{"count", object.sojourn.count()},
                       {"sum_ns", nanoseconds(object.sojourn.sum())},
                       {"p50_ns", nanoseconds(object.sojourn.percentile(500))},
                       {"p99_ns", nanoseconds(object.sojourn.percentile(990))},
                       {"p999_ns", nanoseconds(object.sojourn.percentile(999))},
                       {"max_ns", nanoseconds(object.sojourn.max())}};
  return json;
}

/// "a/0, a/1 and 7 more".
std::string who_words(std::span<const VcpuId> vcpus, const RunReport& report) {
  constexpr std::size_t kMostNames = 4;
  std::string out;
  for (std::size_t i = 0; i < std::min(vcpus.size(), kMostNames); ++i) {
    const bool last = i + 1 == vcpus.size();
    out += (i == 0 ? "" : last ? " and " : ", ") + label_of(report.vcpus[vcpus[i]]);
  }
  return vcpus.size() <= kMostNames ? out : fmt::format("{} and {} more", out, vcpus.size() - kMostNames);
}

/// Whose turn never came: a discipline without slices lets who polls keep the pCPU.
std::string starved_words(const ScenarioRun& run) {
  std::vector<VcpuId> starved;
  if (run.run.report.pcpus.empty()) return "";  // Linux schedules
  const auto& vcpus = run.run.report.vcpus;
  for (VcpuId v{0}; v < vcpus.end_id(); v = id_at<VcpuId>(index(v) + 1))
    if (vcpus[v].slices == 0 && vcpus[v].wait > Duration{0}) starved.push_back(v);
  return starved.empty() ? "" : fmt::format("Runnable and never scheduled: {}.", who_words(starved, run.run.report));
}

}  // namespace

std::string stuck_words(const ScenarioRun& run) {
  const std::string starved = starved_words(run);
  if (run.run.end != RunEnd::Stuck) return starved.empty() ? "" : starved + "\n";
  std::string out = "Stuck: nothing will ever happen again, and not every script has ended.";
  for (const ObjectCounts& object : run.objects) {
    if (object.waiting.empty()) continue;
    out += fmt::format(" {} {} for {} '{}'{}", who_words(object.waiting, run.run.report),
                       object.waiting.size() == 1 ? "waits" : "wait", name_of(object.kind), object.name,
                       object.vm.empty() ? "" : " of VM " + object.vm);
    if (object.holder != kNoVcpu) out += fmt::format(", which {} holds", label_of(run.run.report.vcpus[object.holder]));
    out += ".";
  }
  return out + (starved.empty() ? "" : " ") + starved + "\n";
}

std::string scenario_table(const ScenarioPlan& plan, std::span<const ScenarioRun> runs) {
  const ScenarioRun& first = runs.front();
  const RunReport& report = first.run.report;
  std::string out;
  if (!plan.scenario.title.empty()) out += plan.scenario.title + "\n\n";
  const bool short_enough = rows_of(first.run) <= kMostRows && report.pcpus.size() <= kMostRows;
  out += short_enough ? run_table(first.run) : time_sums(report) + "\n" + closing_words(first.run);
  for (const std::string& table :
       {script_table(first), fork_words(plan, first), object_table(first), change_words(first), stuck_words(first)})
    if (!table.empty()) out += "\n" + table;
  if (first.events_handled > 0) {
    out += fmt::format("\nSeed {}: {} events of virtual time", first.seed, count_text(first.events_handled));
    out += fmt::format(" took {} here, {:.2g} million a second.\n", duration_text(first.host_time),
                       static_cast<double>(first.events_handled) / 1e6 / std::max(seconds_of(first.host_time), 1e-9));
  }
  if (runs.size() > 1) out += "\n" + estimate_table(runs);
  return out;
}

std::string scenario_json(const ScenarioPlan& plan, std::span<const ScenarioRun> runs) {
  const auto text_of = [](const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); };
  JsonLines out;
  out.member("schema", "\"roost.scenario/2\"");
  out.member("file", text_of(plan.scenario.file));
  out.member("title", text_of(plan.scenario.title));
  Json costs = Json::object();
  if (plan.scenario.world == WorldKind::Simulated)
    for (std::size_t i = 0; i < kCosts; ++i)
      costs[std::string(CostModel::table()[i].name)] = plan.costs.figure(static_cast<Cost>(i));
  out.member("costs", text_of(costs));
  const std::vector<Measure> measured = measures(runs);
  out.list("estimates", measured.size(), [&](std::size_t i) {
    const Measure& measure = measured[i];
    const Estimate of = estimate(measure.samples);
    return text_of({{"name", measure.name}, {"unit", measure.unit}, {"mean", of.mean},
                    {"ci95_half_width", runs.size() > 1 ? Json(of.half_width) : Json(nullptr)}});
  });
  out.list("runs", runs.size(), [&](std::size_t i) {
    const ScenarioRun& one = runs[i];
    JsonLines run;
    run.member("seed", std::to_string(one.seed));
    run.member("events_handled", std::to_string(one.events_handled));
    std::vector<const VmCounts*> scripted;
    for (const VmCounts& vm : one.vms)
      if (vm.scripted) scripted.push_back(&vm);
    run.list("scripts", scripted.size(), [&](std::size_t vm) { return text_of(vm_json(*scripted[vm])); });
    run.list("objects", one.objects.size(), [&](std::size_t o) { return text_of(object_json(one.objects[o])); });
    run.list("changes", one.changes.size(), [&](std::size_t c) { return text_of(change_json(one.changes[c])); });
    run.member("run", run_json(one.run));
    return std::move(run).text();
  });
  return std::move(out).text() + "\n";
}

}  // namespace roost
