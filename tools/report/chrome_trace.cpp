#include "tools/report/chrome_trace.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/report/perfetto_ids.hpp"
#include "tools/report/trace_flows.hpp"
#include "tools/report/trace_names.hpp"

namespace roost {
namespace {

using Json = nlohmann::ordered_json;

std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Nanoseconds as the microseconds of the format, exactly.
std::string microseconds(std::int64_t ns) { return fmt::format("{}.{:03}", ns / 1000, ns % 1000); }

class ChromeWriter {
 public:
  explicit ChromeWriter(const FinishedRun& run)
      : run_(run),
        occupants_(run.report.pcpus.size()),
        lengths_(run),
        last_ran_(run.report.vcpus.size()),
        flows_(kick_flows(run.events)) {}

  std::string write() {
    out_ = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
    out_ += R"({"ph":"M","name":"process_name","pid":1,"tid":0,"args":{"name":"pCPUs"}})";
    if (const std::string words = cut_words(run_); !words.empty())
      line(fmt::format(R"({{"ph":"M","name":{},"pid":1,"tid":0,"args":{{}}}})", quoted(std::string(kCutMark) + words)));
    for (std::size_t p = 0; p < run_.report.pcpus.size(); ++p)
      if (run_.traced.shows(id_at<PcpuId>(p)))
        line(fmt::format(R"({{"ph":"M","name":"thread_name","pid":1,"tid":{},"args":{{"name":"pCPU {}"}}}})", p, p));
    for (std::size_t i = 0; i < run_.events.size(); ++i) add(i);
    for (PcpuId p{0}; p < occupants_.end_id(); p = id_at<PcpuId>(index(p) + 1))
      if (!run_.events.empty()) slice(p, end_of_trace(run_), "running");
    return out_ + "\n]}\n";
  }

 private:
  struct Occupant {
    VcpuId vcpu = kNoVcpu;
    Time since{};
  };
  struct Place {  // of something on a pCPU's track
    PcpuId pcpu = kNoPcpu;
    Time at{};
  };

  void line(const std::string& text) { out_ += ",\n" + text; }

  void slice(PcpuId pcpu, Time until, const char* out) {
    const Occupant& occupant = occupants_[pcpu];
    if (occupant.vcpu == kNoVcpu) return;
    line(fmt::format(R"({{"ph":"X","pid":1,"tid":{},"ts":{},"dur":{},"name":{},"args":{{"out":"{}"}}}})", index(pcpu),
                     microseconds(nanoseconds(occupant.since)), microseconds(nanoseconds(until - occupant.since)),
                     quoted(occupant_name(run_, occupant.vcpu)), out));
    // The last moment that lies within the slice: what begins there is drawn from it.
    last_ran_[occupant.vcpu] = {pcpu, std::max(occupant.since, until - Duration{1})};
  }

  void instant(Place place, const std::string& name) {
    line(fmt::format(R"({{"ph":"i","s":"t","pid":1,"tid":{},"ts":{},"name":{}}})", index(place.pcpu),
                     microseconds(nanoseconds(place.at)), quoted(name)));
  }

  /// One end of an arrow: the slice of that pCPU that lies around it.
  void flow(const char* end, Place place, std::uint64_t id, const char* name) {
    if (!run_.traced.shows(place.pcpu) || place.pcpu == kNoPcpu) return;
    line(fmt::format(R"({{"ph":{},"pid":1,"tid":{},"ts":{},"id":{},"cat":"{}","name":"{}"}})", end, index(place.pcpu),
                     microseconds(nanoseconds(place.at)), id, name, name));
  }

  void add(std::size_t position) {
    const Event& event = run_.events[position];
    if (const auto length = lengths_.changed(event))
      line(fmt::format(R"({{"ph":"C","pid":1,"ts":{},"name":"{}","args":{{"vCPUs":{}}}}})",
                       microseconds(nanoseconds(event.at)), lengths_.name(length->runqueue), length->vcpus));
    switch (event.kind) {
      case EventKind::Switch: return switched(event, flows_[position]);
      case EventKind::Wakeup:
        return instant({event.pcpu, event.at}, "wake " + occupant_name(run_, event.vcpu));
      case EventKind::Migrate: return migrated(event, migration_flow(position));
      case EventKind::Kick: return kicked(event, flows_[position]);
      case EventKind::QueueLen: return;
      case EventKind::Policy:
        return line(fmt::format(R"({{"ph":"i","s":"g","pid":1,"tid":0,"ts":{},"name":{}}})",
                                microseconds(nanoseconds(event.at)), quoted(policy_name(run_, event))));
    }
  }

  void switched(const Event& event, std::uint64_t kick) {
    slice(event.pcpu, event.at, name_of(static_cast<SwitchOut>(event.detail)));
    occupants_[event.pcpu] = {event.vcpu, event.at};
    if (kick != 0) flow(kFlowEnd, {event.pcpu, event.at}, kick, "kick");
  }

  void kicked(const Event& event, std::uint64_t id) {
    // Of a thread that is no pCPU, or none of this trace: shown at its target.
    const bool shown = event.pcpu != kNoPcpu && run_.traced.shows(event.pcpu);
    instant({shown ? event.pcpu : event.other, event.at}, kick_name(event));
    if (id != 0 && shown) flow(kFlowBegin, {event.pcpu, event.at}, id, "kick");
  }

  void migrated(const Event& event, std::uint64_t id) {
    instant({run_.traced.shows(event.pcpu) ? event.pcpu : event.other, event.at},
            occupant_name(run_, event.vcpu) + " " + migration_name(run_, event));
    const Place& from = last_ran_[event.vcpu];
    if (from.pcpu != event.pcpu) return;  // it ran there before the trace began
    flow(kFlowBegin, from, id, "migration");
    flow(kFlowEnd, {event.other, event.at}, id, "migration");
  }

  static constexpr const char* kFlowBegin = R"("s")";
  static constexpr const char* kFlowEnd = R"("f","bp":"e")";  // binds to the slice around it, not to the next

  const FinishedRun& run_;
  IdVector<PcpuId, Occupant> occupants_;
  QueueLengths lengths_;
  IdVector<VcpuId, Place> last_ran_;
  std::vector<std::uint32_t> flows_;  // of kicks, by event
  std::string out_;
};

}  // namespace

std::string chrome_trace(const FinishedRun& run) { return ChromeWriter(run).write(); }

}  // namespace roost
