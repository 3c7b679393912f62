// rt-app's JSON (its doc/tutorial.txt): every task is a script, every instance of it a vCPU of one VM. Times are
// microseconds. What it cannot mean here is refused by name; "global"'s choice of logs is known and has no effect.

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "sched/policy/nearest_name.hpp"
#include "vmm/workload/fork_bound.hpp"
#include "vmm/workload/json_text.hpp"
#include "vmm/workload/scenario_reader.hpp"

namespace roost {

namespace {

using Json = OrderedJson;

constexpr std::int64_t kMostMicroseconds = 365LL * 24 * 3600 * 1'000'000;
constexpr std::size_t kMostPhases = 100'000, kMostObjects = 4096;
constexpr std::int64_t kMostLoops = 1'000'000'000'000;
constexpr std::uint64_t kBytesPerMicrosecond = 10'000;  // of a "mem" event: about what one core writes

constexpr std::int64_t kUsualMemoryBuffer = 4 << 20;
// vCPUs to be forked, where loops may fork more, or for ever: those that have ended are forked again.
constexpr std::uint64_t kMostSpares = 1024, kSparesForEver = 64;

// Of "global": they choose logs and the files of what is refused here; lock_pages means real-time classes alone.
constexpr std::array<std::string_view, 8> kIgnoredGlobals{"lock_pages", "logdir",  "log_basename", "log_size",
                                                          "ftrace",     "gnuplot", "io_device",    "cumulative_slack"};
constexpr std::array<std::string_view, 16> kEvents{
    "runtime", "run",  "sleep",   "timer",   "lock",   "unlock", "wait", "signal",
    "broad",   "sync", "barrier", "suspend", "resume", "yield",  "fork", "mem"};
constexpr std::array<std::string_view, 7> kProperties{"loop",     "cpus",  "priority", "policy",
                                                      "instance", "delay", "phases"};

struct Bad {
  std::string path, sentence;
};

/// The event that a key means. It may go on with what makes it unique: "run", "run1", "run_b". None: it means none.
std::string_view event_of(std::string_view key) {
  for (const std::string_view known : kEvents) {
    if (!key.starts_with(known)) continue;
    const std::string_view more = key.substr(known.size());
    if (more.empty() || more.front() == '_' || more.front() == '-' || (more.front() >= '0' && more.front() <= '9'))
      return known;
  }
  return {};
}

std::string nearest_event(std::string_view key) {
  for (const std::string_view known : kEvents)
    if (key.starts_with(known))
      return fmt::format("did you mean '{0}'? to make that unique write '{0}1' or '{0}_...'", known);
  return suggestion(key, kEvents);
}

class RtAppReader {
 public:
  RtAppReader(const Json& root, std::string_view text, const std::string& file) : root_(root), text_(text) {
    scenario_.file = file;
    scenario_.title = "rt-app workload";
    scenario_.world = WorldKind::Live;
    scenario_.rtapp = true;
  }

  Result<Scenario> read() {
    if (root_.is_object()) read_root();
    else refuse("", "an object with \"tasks\" is expected here");
    if (bad_) return Error{fmt::format("{}: {}", place(bad_->path), bad_->sentence)};
    if (const auto error = check_scenario(scenario_)) return *error;
    return std::move(scenario_);
  }

 private:
  void refuse(const std::string& path, std::string sentence) {
    if (!bad_) bad_ = Bad{path, std::move(sentence)};
  }

  std::string place(const std::string& path) const {
    if (const std::size_t line = line_of_key(text_, path); line > 0)
      return fmt::format("{}:{}: {}", scenario_.file, line, path);
    return fmt::format("{}: {}", scenario_.file, path.empty() ? "top" : path);
  }

  /// Of a task or one of its keys, for sentences that come once the text is gone.
  std::string kept_place(const std::string& path) const {
    const auto line = lines_.find(path);
    return line == lines_.end() ? fmt::format("{}: {}", scenario_.file, path)
                                : fmt::format("{}:{}: {}", scenario_.file, line->second, path);
  }

  void read_root() {
    lines_ = lines_of_keys(text_, 3);
    for (const auto& [key, value] : root_.items())
      if (key == "global") read_global(value);
      else if (key == "resources")
        refuse(key, "this is not supported; leave it out: events make the resources that they name");
      else if (key != "tasks")
        refuse(key, "this is not supported; rt-app files have tasks and global");
    const auto tasks = root_.find("tasks");
    if (tasks == root_.end() || !tasks->is_object() || tasks->empty())
      return refuse("tasks", "an object with at least one task is expected here");
    ScenarioVm& vm = scenario_.vms.emplace_back();
    vm.name = "rt-app";
    vm.vcpus = 0;
    traits_.resize(tasks->size());
    for (const auto& [name, task] : tasks->items())
      scenario_.scripts.push_back({.name = name, .where = kept_place("tasks." + name)});
    std::uint32_t script = 0;
    for (const auto& [name, task] : tasks->items())
      if (!bad_) read_task(script++, task, "tasks." + name);
    if (!bad_ && vm.vcpus == 0) refuse("tasks", "no task has an instance, so nothing would run");
    if (!bad_) add_spares(vm);
  }

  /// As many as loops can fork, with the priority and the CPUs that the forked tasks have.
  void add_spares(ScenarioVm& vm) {
    const std::vector<std::uint64_t> forks = most_forks(scenario_, vm);
    std::uint64_t most = 0;
    std::optional<std::size_t> first;
    for (std::size_t task = 0; task < forks.size(); ++task) {
      if (forks[task] == 0) continue;
      if (!scenario_.scripts[task].confinements.empty())  // the vCPU may be another task's afterwards
        return refuse("tasks." + scenario_.scripts[task].name,
                      "the phases of a task that is forked have no cpus of their own here; set those of the task");
      most = sum_of_times(most, forks[task]);
      if (first && (traits_[task].weight != traits_[*first].weight || traits_[task].cpus != traits_[*first].cpus))
        return refuse("tasks." + scenario_.scripts[task].name,
                      fmt::format("tasks that are forked have one priority and the same cpus here, and those of '{}' "
                                  "differ; make them alike", scenario_.scripts[*first].name));
      if (!first) first = task;
    }
    vm.spare_vcpus = static_cast<std::uint32_t>(most == kForever ? kSparesForEver : std::min(most, kMostSpares));
    if (vm.vcpus + vm.spare_vcpus > kMostScenarioVcpus)
      return refuse("tasks", fmt::format("more than {} instances, {} of them to be forked", kMostScenarioVcpus,
                                         vm.spare_vcpus));
    if (!first) return;
    if (!traits_[*first].cpus.empty())
      vm.affinities_at[vm.vcpus] = kept_place("tasks." + scenario_.scripts[*first].name + ".cpus");
    vm.weights.insert(vm.weights.end(), vm.spare_vcpus, traits_[*first].weight);
    vm.affinities.insert(vm.affinities.end(), vm.spare_vcpus, traits_[*first].cpus);
  }

  void read_global(const Json& global) {
    if (!global.is_object()) return refuse("global", "an object is expected here");
    for (const auto& [key, value] : global.items()) {
      if (key == "duration") {
        const auto seconds = whole(value, "global.duration", {-1, 365LL * 24 * 3600, "seconds"});
        if (seconds && *seconds > 0) scenario_.time_limit = std::chrono::seconds(*seconds);
      } else if (key == "default_policy") {
        check_policy(value, "global.default_policy");
      } else if (key == "mem_buffer_size") {
        memory_buffer_ = whole(value, "global.mem_buffer_size", {1, std::int64_t{kLargestWorkingSet}, "bytes"})
                             .value_or(kUsualMemoryBuffer);
      } else if (key == "pi_enabled") {
        if (value != false) refuse("global.pi_enabled", "no lock here lends priority; false is expected");
      } else if (key == "calibration") {
        if (!value.is_string())
          refuse("global.calibration", "\"CPU0\" is expected, or no such key: run is always in time of a full core");
      } else if (std::ranges::find(kIgnoredGlobals, key) == kIgnoredGlobals.end()) {
        refuse("global." + key, "this key is not supported; leave it out");
      }
    }
  }

  struct Limits {
    std::int64_t least, most;
    std::string_view unit = {};
  };
  std::optional<std::int64_t> whole(const Json& value, const std::string& path, Limits limits) {
    if (value.is_number_integer()) {
      const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
      if (!huge && value.get<std::int64_t>() >= limits.least && value.get<std::int64_t>() <= limits.most)
        return value.get<std::int64_t>();
    }
    refuse(path, fmt::format("a whole number{}{} from {} to {} is expected here", limits.unit.empty() ? "" : " of ",
                             limits.unit, limits.least, limits.most));
    return std::nullopt;
  }
  Duration microseconds(const Json& value, const std::string& path) {
    return std::chrono::microseconds(whole(value, path, {0, kMostMicroseconds, "microseconds"}).value_or(0));
  }
  std::string text(const Json& value, const std::string& path) {
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) return value.get<std::string>();
    refuse(path, "a name in quotes is expected here");
    return "";
  }

  /// Linux's time-sharing class is what weights stand for; its real-time classes have no counterpart here.
  void check_policy(const Json& value, const std::string& path) {
    if (const std::string name = text(value, path); name != "SCHED_OTHER")
      refuse(path, fmt::format("'{}' is not supported; SCHED_OTHER is, and --policy chooses among Roost's own", name));
  }

  /// The weight that Linux gives to a nice value: a step is 1.25 (kernel/sched/core.c: 1024 at nice 0).
  static Weight weight_of_nice(std::int64_t nice) {
    std::int64_t weight = 100'000;
    for (; nice > 0; --nice) weight = weight * 4 / 5;
    for (; nice < 0; ++nice) weight = weight * 5 / 4;
    weight = std::clamp<std::int64_t>(weight / 1000, value(kMinWeight), value(kMaxWeight));
    return Weight{static_cast<std::uint32_t>(weight)};
  }

  std::vector<std::uint32_t> cpus(const Json& value, const std::string& path) {
    std::vector<std::uint32_t> ids;
    if (value.is_array())
      for (const Json& item : value)
        if (const auto id = whole(item, path, {0, kMostScenarioPcpus - 1}))
          ids.push_back(static_cast<std::uint32_t>(*id));
    if (ids.empty()) refuse(path, "a list of pCPU numbers is expected here, such as [0, 2]");
    return ids;
  }

  void read_task(std::uint32_t number, const Json& task, const std::string& path) {
    if (!task.is_object()) return refuse(path, "an object is expected here");
    Weight weight = kDefaultWeight;
    std::vector<std::uint32_t> allowed;
    std::int64_t instances = 1, loops = -1;
    Duration delay{0};
    for (const auto& [key, value] : task.items()) {
      const std::string where = path + "." + key;
      if (key == "instance") instances = whole(value, where, {0, kMostScenarioVcpus}).value_or(0);
      if (key == "loop") loops = whole(value, where, {-1, kMostLoops}).value_or(1);
      if (key == "delay") delay = microseconds(value, where);
      if (key == "cpus") allowed = cpus(value, where);
      if (key == "policy") check_policy(value, where);
      if (key == "priority") weight = weight_of_nice(whole(value, where, {-20, 19}).value_or(0));
    }
    Script& script = scenario_.scripts[number];
    ScriptWriter writer(script);
    if (delay > Duration{0}) writer.add({.kind = Phase::Kind::Sleep, .span = {.a = delay}});
    writer.begin_repeat(loops < 0 ? kForever : static_cast<std::uint64_t>(loops));
    timers_.clear();
    task_ = number, instances_ = instances;
    traits_[number] = {weight, allowed};
    if (const auto phases = task.find("phases"); phases != task.end())
      read_phases(writer, *phases, path + ".phases");
    read_events(writer, task, path, true);
    writer.end_repeat();
    ScenarioVm& vm = scenario_.vms.back();
    if (!allowed.empty()) vm.affinities_at[vm.vcpus] = kept_place(path + ".cpus");
    for (std::int64_t i = 0; i < instances && !bad_; ++i) {
      if (vm.vcpus >= kMostScenarioVcpus)
        return refuse(path, fmt::format("more than {} instances", kMostScenarioVcpus));
      ++vm.vcpus;
      vm.scripts.push_back(number);
      vm.weights.push_back(weight);
      vm.affinities.push_back(allowed);
    }
  }

  void read_phases(ScriptWriter& writer, const Json& phases, const std::string& path) {
    if (!phases.is_object()) return refuse(path, "an object of phases is expected here");
    phases_confine_ = std::ranges::any_of(phases, [](const Json& phase) { return phase.contains("cpus"); });
    for (const auto& [name, phase] : phases.items()) {
      const std::string where = path + "." + name;
      if (!phase.is_object()) return refuse(where, "an object of events is expected here");
      std::int64_t loops = 1;
      if (const auto loop = phase.find("loop"); loop != phase.end())
        loops = whole(*loop, where + ".loop", {-1, kMostLoops}).value_or(1);
      writer.begin_repeat(loops < 0 ? kForever : static_cast<std::uint64_t>(loops));
      if (phases_confine_) confine(writer, phase, where);
      read_events(writer, phase, where, false);
      writer.end_repeat();
    }
  }

  /// To the phase's own cpus, or to those of the task.
  void confine(ScriptWriter& writer, const Json& phase, const std::string& where) {
    const auto own = phase.find("cpus");
    const std::vector<std::uint32_t> ids = own == phase.end() ? traits_[task_].cpus : cpus(*own, where + ".cpus");
    Script& script = scenario_.scripts[task_];
    writer.add({.kind = Phase::Kind::Confine, .object = static_cast<std::uint32_t>(script.confinements.size())});
    script.confinements.push_back(PcpuSet::of(ids));
  }

  void read_events(ScriptWriter& writer, const Json& object, const std::string& path, bool of_task) {
    for (const auto& [key, value] : object.items()) {
      if (bad_) return;
      const std::string where = path + "." + key;
      if (std::ranges::find(kProperties, key) != kProperties.end()) {
        if (!of_task && key != "loop" && key != "cpus")
          refuse(where, "this is supported for whole tasks only, not for one phase");
        continue;
      }
      const std::string_view event = event_of(key);
      if (event.empty())
        refuse(where, fmt::format("'{}' is not supported; {}", key, nearest_event(key)));
      else if (events_++ >= kMostPhases)
        refuse(where, fmt::format("there are more than {} events", kMostPhases));
      else if (!add_plain(writer, event, value, where))
        add_shared(writer, event, value, where);
    }
  }

  bool add_plain(ScriptWriter& writer, std::string_view event, const Json& value, const std::string& where) {
    if (event == "run" || event == "runtime")
      return writer.add({.kind = event == "run" ? Phase::Kind::Run : Phase::Kind::Runtime,
                         .span = {.a = microseconds(value, where)}}), true;
    if (event == "sleep")
      return writer.add({.kind = Phase::Kind::Sleep, .span = {.a = microseconds(value, where)}}), true;
    if (event == "timer") return add_timer(writer, value, where), true;
    if (event == "yield") return writer.add({.kind = Phase::Kind::Yield}), true;
    if (event == "mem") {
      constexpr auto kMost = static_cast<std::int64_t>(kLargestWorkingSet);
      const auto bytes = static_cast<std::uint64_t>(whole(value, where, {0, kMost, "bytes"}).value_or(0));
      writer.add({.kind = Phase::Kind::Memory,
                  .memory = {.working_set = std::min(bytes, static_cast<std::uint64_t>(memory_buffer_)),
                             .lines_per_us = kBytesPerMicrosecond / 64}});
      const auto us = static_cast<std::int64_t>(bytes / kBytesPerMicrosecond + 1);
      writer.add({.kind = Phase::Kind::Run, .span = {.a = std::chrono::microseconds(std::min(us, kMostMicroseconds))}});
      return writer.add({.kind = Phase::Kind::Memory}), true;
    }
    if (event != "fork") return false;
    const std::string name = text(value, where);
    const auto task = std::ranges::find(scenario_.scripts, name, &Script::name);
    if (task == scenario_.scripts.end()) return refuse(where, no_task(name)), true;
    writer.add({.kind = Phase::Kind::Fork, .object = static_cast<std::uint32_t>(task - scenario_.scripts.begin())});
    return true;
  }

  std::string no_task(const std::string& name) const {
    std::vector<std::string_view> tasks;
    for (const Script& task : scenario_.scripts) tasks.push_back(task.name);
    return fmt::format("there is no task '{}'; {}", name, suggestion(name, tasks));
  }

  void add_timer(ScriptWriter& writer, const Json& value, const std::string& where) {
    if (!value.is_object()) return refuse(where, "{\"ref\": NAME, \"period\": MICROSECONDS} is expected here");
    std::string ref;
    Duration period{0};
    Phase::Kind kind = Phase::Kind::Timer;
    for (const auto& [key, item] : value.items()) {
      if (key == "ref") ref = text(item, where + ".ref");
      else if (key == "period") period = microseconds(item, where + ".period");
      else if (key != "mode") refuse(where + "." + key, "a timer has ref, period and mode");
      else if (const std::string mode = text(item, where + ".mode"); mode == "absolute")
        kind = Phase::Kind::TimerFromStart;
      else if (mode != "relative") refuse(where + ".mode", "\"relative\" or \"absolute\" is expected here");
    }
    if (ref.empty() || period <= Duration{0}) return refuse(where, "a timer has a ref and a period of at least 1");
    auto known = std::ranges::find(timers_, ref);
    if (known == timers_.end()) known = timers_.insert(timers_.end(), ref);
    // One timer for each instance, which is what "unique" says.
    const bool other_task = !ref.starts_with("unique") && shared_timers_.contains(ref) && shared_timers_[ref] != task_;
    if (other_task || (instances_ > 1 && !ref.starts_with("unique")))
      return refuse(where + ".ref", "a timer that several instances share is not supported; call it \"unique\"");
    shared_timers_[ref] = task_;
    writer.add({.kind = kind,
                .object = static_cast<std::uint32_t>(known - timers_.begin()),
                .span = {.a = period}});
  }

  std::uint32_t object(ObjectSpec::Kind kind, const std::string& name, const std::string& where) {
    const std::uint32_t index = scenario_.object(kind, name);
    if (kind == ObjectSpec::Kind::Event) scenario_.objects[index].remembers = false;
    if (scenario_.objects.size() > kMostObjects) refuse(where, fmt::format("more than {} resources", kMostObjects));
    return index;
  }

  void add_shared(ScriptWriter& writer, std::string_view event, const Json& value, const std::string& where) {
    using Kind = Phase::Kind;
    using Object = ObjectSpec::Kind;
    if (event == "wait" || event == "sync") return add_wait(writer, event == "sync", value, where);
    // The name of a suspend may be left out: it is the task's own (rt-app's workgen fills it in).
    const bool own = event == "suspend" && value.is_string() && value.get_ref<const std::string&>().empty();
    const std::string name = own ? scenario_.scripts[task_].name : text(value, where);
    if (event == "lock" || event == "unlock")
      return writer.add({.kind = event == "lock" ? Kind::Lock : Kind::Unlock,
                         .object = object(Object::Lock, name, where)});
    if (event == "barrier")
      return writer.add({.kind = Kind::Barrier, .object = object(Object::Barrier, name, where)});
    if (event == "suspend" || event == "resume")
      return writer.add({.kind = event == "suspend" ? Kind::Wait : Kind::Broadcast,
                         .object = object(Object::Event, std::string(kSuspension) + name, where)});
    writer.add({.kind = event == "signal" ? Kind::Signal : Kind::Broadcast,
                .object = object(Object::Event, name, where)});
  }

  /// wait: lets the mutex go while it waits, and has it again afterwards; sync locks, signals, waits and unlocks.
  void add_wait(ScriptWriter& writer, bool sync, const Json& value, const std::string& where) {
    std::string ref, mutex;
    if (!value.is_object()) return refuse(where, "{\"ref\": NAME, \"mutex\": NAME} is expected here");
    for (const auto& [key, item] : value.items())
      if (key == "ref") ref = text(item, where + ".ref");
      else if (key == "mutex") mutex = text(item, where + ".mutex");
      else refuse(where + "." + key, "only ref and mutex are expected here");
    if (ref.empty() || mutex.empty()) return refuse(where, "a ref and a mutex are expected here");
    const std::uint32_t event = object(ObjectSpec::Kind::Event, ref, where);
    const std::uint32_t lock = object(ObjectSpec::Kind::Lock, mutex, where);
    if (sync) {
      writer.add({.kind = Phase::Kind::Lock, .object = lock});
      writer.add({.kind = Phase::Kind::Signal, .object = event});
    }
    writer.add({.kind = Phase::Kind::Wait, .object = event, .also = lock});
    writer.add({.kind = Phase::Kind::Lock, .object = lock});
    if (sync) writer.add({.kind = Phase::Kind::Unlock, .object = lock});
  }

  const Json& root_;
  std::string_view text_;
  Scenario scenario_;
  std::map<std::string, std::size_t> lines_;  // of tasks and their keys
  std::optional<Bad> bad_;
  std::int64_t memory_buffer_ = kUsualMemoryBuffer;
  std::uint32_t task_ = 0;           // that is being read
  bool phases_confine_ = false;      // some phase of it has cpus of its own
  std::int64_t instances_ = 1;       // of it
  std::vector<std::string> timers_;  // of it
  std::map<std::string, std::uint32_t> shared_timers_;  // and the task that uses each
  struct Traits {
    Weight weight = kDefaultWeight;
    std::vector<std::uint32_t> cpus;
  };
  std::vector<Traits> traits_;  // of tasks
  std::size_t events_ = 0;
};

}  // namespace

Result<Scenario> read_rtapp_scenario(std::string_view text, const std::string& file) {
  const auto root = parse_json(text, file);
  if (!root) return root.error();
  return RtAppReader(*root, text, file).read();
}

}  // namespace roost
