#include "tools/report/recorded_trace.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tools/report/trace_names.hpp"

namespace roost {

namespace {

int rank_of(EventKind kind) { return kind == EventKind::Policy ? 0 : kind == EventKind::Wakeup ? 1 : 2; }

/// An idle stretch of no length says nothing, and only one of the formats can tell it: what comes after it comes in its
/// place.
void drop_empty_idling(RecordedTrace& trace) {
  std::vector<Event*> last(trace.pcpus, nullptr);
  const auto passed_over = [](const Event& event) { return event.kind == EventKind::Switch && event.pcpu == kNoPcpu; };
  for (Event& event : trace.events) {
    if (event.kind != EventKind::Switch) continue;
    Event*& before = last[index(event.pcpu)];
    if (before != nullptr && before->vcpu == kNoVcpu && before->at == event.at) {
      event.detail = before->detail;
      before->pcpu = kNoPcpu;
    }
    before = &event;
  }
  std::erase_if(trace.events, passed_over);
}

}  // namespace

bool add_policy(RecordedTrace& trace, std::string_view name, Time at) {
  const std::string policy(name.substr(std::min(name.size(), kPolicyEvent.size())));
  auto known = std::find(trace.policies.begin(), trace.policies.end(), policy);
  if (known == trace.policies.end()) {
    if (trace.policies.size() == kMostTracedPolicies) return false;
    known = trace.policies.insert(known, policy);
  }
  trace.events.push_back({.at = at, .kind = EventKind::Policy,
                          .length = static_cast<std::uint16_t>(known - trace.policies.begin())});
  return true;
}

Result<RecordedTrace> read_trace(std::string_view bytes, const std::string& name) {
  const std::size_t begin = bytes.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return Error{fmt::format("{}: the file is empty; it is no trace", name)};
  const bool json = bytes[begin] == '{' || bytes[begin] == '[';
  auto trace = json ? read_chrome_trace(bytes) : read_perfetto_trace(bytes);
  if (!trace)
    return Error{fmt::format("{}: {}; give a file that 'roost run --trace' has written", name,
                             trace.error().sentence)};
  // At one moment: policies first, wakeups before what runs because of them, then by pCPU, so that both formats come
  // out alike.
  std::stable_sort(trace->events.begin(), trace->events.end(), [](const Event& a, const Event& b) {
    if (a.at != b.at) return a.at < b.at;
    if (rank_of(a.kind) != rank_of(b.kind)) return rank_of(a.kind) < rank_of(b.kind);
    return a.pcpu < b.pcpu;
  });
  drop_empty_idling(*trace);
  if (trace->pcpus == 0) return Error{fmt::format("{}: nothing ran in this trace", name)};
  return trace;
}

std::string cut_named(std::string_view name) {
  constexpr std::size_t kLongest = 400;
  std::string words;
  if (!name.starts_with(kCutMark)) return words;
  for (const char c : name.substr(kCutMark.size(), kLongest)) words += c >= ' ' && c <= '~' ? c : '?';
  return words;
}

}  // namespace roost
