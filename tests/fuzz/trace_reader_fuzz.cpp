// A trace file of any bytes, of either format: read and shown as text, or refused with one sentence.

#include <cstddef>
#include <cstdint>

#include "sched/vocabulary/check.hpp"
#include "tools/report/trace_view.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace roost;
  const auto trace = read_trace({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!trace) {
    check(trace.error().sentence.starts_with("fuzz: "), "a refusal names the file");
    return 0;
  }
  Time last{};
  for (const Event& event : trace->events) {
    check(event.at >= last && index(event.pcpu) < trace->pcpus, "events rise, and lie on pCPUs of the trace");
    check(event.vcpu == kNoVcpu || trace->vcpus.contains(event.vcpu), "who runs has a name");
    last = event.at;
  }
  check(!timehist(*trace, {}, {.lines = true, .summary = true}).empty(), "what was read can be shown");
  if (trace->pcpus * trace->events.size() < 100'000) occupancy_map(*trace, {});
  return 0;
}
