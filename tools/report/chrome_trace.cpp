#include "tools/report/chrome_trace.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

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
      : run_(run), occupants_(run.report.pcpus.size()), lengths_(run.report.pcpus.size()) {}

  std::string write() {
    out_ = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
    out_ += R"({"ph":"M","name":"process_name","pid":1,"tid":0,"args":{"name":"pCPUs"}})";
    for (std::size_t p = 0; p < run_.report.pcpus.size(); ++p)
      line(fmt::format(R"({{"ph":"M","name":"thread_name","pid":1,"tid":{},"args":{{"name":"pCPU {}"}}}})", p, p));
    for (const Event& event : run_.events) add(event);
    for (PcpuId p{0}; p < occupants_.end_id(); p = id_at<PcpuId>(index(p) + 1))
      if (!run_.events.empty()) slice(p, run_.events.back().at);
    return out_ + "\n]}\n";
  }

 private:
  struct Occupant {
    VcpuId vcpu = kNoVcpu;
    Time since{};
  };

  void line(const std::string& text) { out_ += ",\n" + text; }

  void slice(PcpuId pcpu, Time until) {
    const Occupant& occupant = occupants_[pcpu];
    if (occupant.vcpu == kNoVcpu) return;
    line(fmt::format(R"({{"ph":"X","pid":1,"tid":{},"ts":{},"dur":{},"name":{}}})", index(pcpu),
                     microseconds(nanoseconds(occupant.since)), microseconds(nanoseconds(until - occupant.since)),
                     quoted(occupant_name(run_, occupant.vcpu))));
  }

  void instant(const Event& event, const std::string& name) {
    const PcpuId pcpu = event.pcpu == kNoPcpu ? event.other : event.pcpu;  // of the I/O thread: shown at its target
    line(fmt::format(R"({{"ph":"i","s":"t","pid":1,"tid":{},"ts":{},"name":{}}})", index(pcpu),
                     microseconds(nanoseconds(event.at)), quoted(name)));
  }

  void add(const Event& event) {
    if (const auto length = lengths_.changed(event))
      line(fmt::format(R"({{"ph":"C","pid":1,"ts":{},"name":"pCPU {} waiting","args":{{"vCPUs":{}}}}})",
                       microseconds(nanoseconds(event.at)), index(event.pcpu), *length));
    switch (event.kind) {
      case EventKind::Switch:
        slice(event.pcpu, event.at);
        occupants_[event.pcpu] = {event.vcpu, event.at};
        return;
      case EventKind::Wakeup: return instant(event, "wake " + occupant_name(run_, event.vcpu));
      case EventKind::Migrate:
        return instant(event, occupant_name(run_, event.vcpu) + " " + migration_name(run_, event));
      case EventKind::Kick: return instant(event, kick_name(event));
      case EventKind::QueueLen: return;
    }
  }

  const FinishedRun& run_;
  IdVector<PcpuId, Occupant> occupants_;
  QueueLengths lengths_;
  std::string out_;
};

}  // namespace

std::string chrome_trace(const FinishedRun& run) { return ChromeWriter(run).write(); }

}  // namespace roost
