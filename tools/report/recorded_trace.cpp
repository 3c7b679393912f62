#include "tools/report/recorded_trace.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace roost {

Result<RecordedTrace> read_trace(std::string_view bytes, const std::string& name) {
  const std::size_t begin = bytes.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return Error{fmt::format("{}: the file is empty; it is no trace", name)};
  const bool json = bytes[begin] == '{' || bytes[begin] == '[';
  auto trace = json ? read_chrome_trace(bytes) : read_perfetto_trace(bytes);
  if (!trace)
    return Error{fmt::format("{}: {}; give a file that 'roost run --trace' has written", name,
                             trace.error().sentence)};
  // At one moment: wakeups before what runs because of them, then by pCPU, so that both formats come out alike.
  std::stable_sort(trace->events.begin(), trace->events.end(), [](const Event& a, const Event& b) {
    if (a.at != b.at) return a.at < b.at;
    if ((a.kind == EventKind::Wakeup) != (b.kind == EventKind::Wakeup)) return a.kind == EventKind::Wakeup;
    return a.pcpu < b.pcpu;
  });
  if (trace->events.empty()) return Error{fmt::format("{}: nothing ran in this trace", name)};
  return trace;
}

}  // namespace roost
