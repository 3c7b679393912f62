// The room: a trace file read back: who ran where and when, who was woken when, by which policies. It reads what
//   `--trace` writes, in both formats, and nothing more of them.
// Not here: showing it (timehist, occupancy_map), the formats' other contents.
// Invariants: whatever the bytes, the answer is a trace whose ids lie in its tables and whose events are in time order,
//   or one sentence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sched/trace/event.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/result.hpp"

namespace roost {

struct RecordedVcpu {
  std::string vm, label;  // "a", "a/0"
};

struct RecordedTrace {
  IdVector<VcpuId, RecordedVcpu> vcpus;
  std::size_t pcpus = 0;      // one more than the highest id
  std::string cut;            // what of the run it holds, in words; empty: all
  std::vector<std::string> policies;  // that came while it ran
  std::vector<Event> events;  // Switch (detail: a SwitchOut; Perfetto's has one for all that stay runnable), Wakeup and
                              // Policy (length: an index of policies)
};

/// `name` is the file's, for the sentence.
Result<RecordedTrace> read_trace(std::string_view bytes, const std::string& name);

/// The words after kCutMark at the beginning of `name`, as printable text of 400 characters at most; else empty.
std::string cut_named(std::string_view name);

// ---- by format; the sentence begins with what was wrong ----
Result<RecordedTrace> read_perfetto_trace(std::string_view bytes);
Result<RecordedTrace> read_chrome_trace(std::string_view bytes);

/// `name`, of an instant, tells a policy that came at `at`: added to `trace`. False: there are too many.
bool add_policy(RecordedTrace& trace, std::string_view name, Time at);

/// No host of ours has more pCPUs, and no run lasts longer: what claims so is no trace of ours.
inline constexpr std::uint64_t kMostTracedPcpus = 65536;
inline constexpr std::size_t kMostTracedPolicies = 1000;  // of different names
inline constexpr std::uint64_t kLatestTracedNs = std::uint64_t{1} << 60;

}  // namespace roost
