// Of a Chrome trace the slices of pCPUs (ph X), the wakeups and the policies; everything else is passed over. Event by
// event, so that the file's JSON never lies in memory as a whole tree.

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/report/recorded_trace.hpp"
#include "tools/report/trace_names.hpp"

namespace roost {
namespace {

using Json = nlohmann::json;

constexpr int kEventDepth = 2;  // of the objects in {"traceEvents": [...]}
constexpr int kDeepest = 64;

std::string text_of(const Json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_string() ? found->get<std::string>() : "";
}

/// "slice end" and its like stay runnable; "running" lasts to the trace's end.
SwitchOut why_of(const std::string& out) {
  if (out == "blocked") return SwitchOut::Blocked;
  if (out == "finished") return SwitchOut::Finished;
  if (out == "throttled") return SwitchOut::Throttled;
  if (out == "yielded") return SwitchOut::Yielded;
  return out == "slice end" ? SwitchOut::SliceEnd : SwitchOut::Preempted;
}

class ChromeReader {
 public:
  Result<RecordedTrace> read(std::string_view bytes) {
    const auto look = [this](int depth, Json::parse_event_t what, Json& value) { return visit(depth, what, value); };
    const Json rest = Json::parse(bytes.begin(), bytes.end(), look, false);
    if (wrong_) return *wrong_;
    if (rest.is_discarded()) return Error{"this is no JSON, or a part of one"};
    if (rest.is_object() && !rest.contains("traceEvents")) {
      const std::string schema = text_of(rest, "schema");
      return Error{"this is JSON, but no trace: " +
                   (schema.starts_with("roost.") ? fmt::format("a report, as --json writes it ('{:.40}')", schema)
                                                 : std::string("it has no traceEvents"))};
    }
    for (auto& [pcpu, slices] : slices_) {
      if (slices.empty() || slices.front().begin > first_) add(pcpu, first_, kNoVcpu, SwitchOut::Idle);
      if (!switches(pcpu, slices)) return *wrong_;
    }
    return std::move(out_);
  }

 private:
  struct Slice {
    std::int64_t begin, end;
    VcpuId vcpu;
    SwitchOut why;
    bool open;  // it still ran when the trace ended
  };

  /// False: the value is not kept. What is a slice or a wakeup has been taken.
  bool visit(int depth, Json::parse_event_t what, Json& value) {
    if (wrong_) return false;
    if (depth > kDeepest) return fail("it is nested deeper than any trace");
    if (depth != kEventDepth) return true;
    if (what == Json::parse_event_t::object_end) event(value);
    return what != Json::parse_event_t::object_end && what != Json::parse_event_t::array_end &&
           what != Json::parse_event_t::value;
  }

  bool fail(std::string sentence) {
    if (!wrong_) wrong_ = Error{std::move(sentence)};
    return false;
  }

  void event(const Json& event) {
    const std::string phase = text_of(event, "ph"), name = text_of(event, "name");
    if (phase == "M")
      if (std::string words = cut_named(name); !words.empty()) out_.cut = std::move(words);
    if (event.contains("ts")) first_ = std::min(first_, nanoseconds_of(event, "ts").value_or(first_));
    constexpr std::string_view kWake = "wake ";
    if (phase == "i" && text_of(event, "s") == "g" && name.starts_with(kPolicyEvent)) return policy(event, name);
    const bool wakes = phase == "i" && name.starts_with(kWake);
    if (phase != "X" && !wakes) return;
    const auto tid = event.find("tid");
    if (tid == event.end() || !tid->is_number_unsigned() || tid->get<std::uint64_t>() >= kMostTracedPcpus) {
      fail(fmt::format("'{}' is on no pCPU: a trace of something else", name));
      return;
    }
    const auto begin = nanoseconds_of(event, "ts"), length = phase == "X" ? nanoseconds_of(event, "dur") : 0;
    if (!begin || !length) return;
    const auto pcpu = id_at<PcpuId>(tid->get<std::uint64_t>());
    out_.pcpus = std::max(out_.pcpus, index(pcpu) + 1);
    std::vector<Slice>& slices = slices_[pcpu];
    const VcpuId vcpu = vcpu_of(wakes ? name.substr(kWake.size()) : name);
    if (wakes) {
      out_.events.push_back({.at = time_at(*begin), .vcpu = vcpu, .pcpu = pcpu, .kind = EventKind::Wakeup});
      return;
    }
    const auto args = event.find("args");
    const std::string out = args != event.end() && args->is_object() ? text_of(*args, "out") : "";
    slices.push_back({*begin, *begin + *length, vcpu, why_of(out), out == "running"});
  }

  void policy(const Json& event, const std::string& name) {
    const auto at = nanoseconds_of(event, "ts");
    if (at && !add_policy(out_, name, time_at(*at))) fail("it names more policies than any run has");
  }

  /// Microseconds, with a fraction.
  std::optional<std::int64_t> nanoseconds_of(const Json& event, const char* key) {
    const auto found = event.find(key);
    const double us = found != event.end() && found->is_number() ? found->get<double>() : -1;
    if (us >= 0 && us < static_cast<double>(kLatestTracedNs) / 1000) return std::llround(us * 1000);
    fail(fmt::format("an event's '{}' is no time", key));
    return std::nullopt;
  }

  /// "a/0", or "a" if it is no name of ours.
  VcpuId vcpu_of(const std::string& label) {
    const auto [place, fresh] = vcpus_.try_emplace(label, id_at<VcpuId>(out_.vcpus.size()));
    if (fresh) out_.vcpus.push_back({label.substr(0, label.rfind('/')), label});
    return place->second;
  }

  bool switches(PcpuId pcpu, std::vector<Slice>& slices) {
    std::stable_sort(slices.begin(), slices.end(), [](const Slice& a, const Slice& b) { return a.begin < b.begin; });
    for (std::size_t i = 0; i < slices.size(); ++i) {
      const Slice& slice = slices[i];
      const SwitchOut before = i == 0 ? SwitchOut::Idle : slices[i - 1].why;
      if (i > 0 && slice.begin < slices[i - 1].end)
        return fail(fmt::format("two slices overlap on pCPU {}: a trace of something else", index(pcpu)));
      if (i > 0 && slice.begin > slices[i - 1].end) add(pcpu, slices[i - 1].end, kNoVcpu, before);
      add(pcpu, slice.begin, slice.vcpu, i > 0 && slice.begin > slices[i - 1].end ? SwitchOut::Idle : before);
    }
    if (!slices.empty() && !slices.back().open) add(pcpu, slices.back().end, kNoVcpu, slices.back().why);
    return true;
  }

  void add(PcpuId pcpu, std::int64_t at, VcpuId vcpu, SwitchOut before) {
    out_.events.push_back({.at = time_at(at), .vcpu = vcpu, .pcpu = pcpu, .kind = EventKind::Switch,
                           .detail = static_cast<std::uint8_t>(before)});
  }

  RecordedTrace out_;
  std::optional<Error> wrong_;
  std::map<PcpuId, std::vector<Slice>> slices_;
  std::map<std::string, VcpuId> vcpus_;
  std::int64_t first_ = static_cast<std::int64_t>(kLatestTracedNs);  // time of anything in the file
};

}  // namespace

Result<RecordedTrace> read_chrome_trace(std::string_view bytes) { return ChromeReader().read(bytes); }

}  // namespace roost
