// The room: everything that `roost run` was asked to do, checked as far as text alone can be.
// Not here: the files and CPUs that it names (guest_source, pcpu_plan), doing it (run_command).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "sched/policy/catalog.hpp"
#include "sched/vocabulary/result.hpp"
#include "sched/vocabulary/time.hpp"
#include "tools/cli/console.hpp"
#include "tools/cli/pcpu_plan.hpp"
#include "tools/cli/trace_options.hpp"
#include "tools/cli/vm_spec.hpp"
#include "vmm/executor/cost_model.hpp"

namespace roost {

/// As it stands on the command line.
struct RunText {
  std::string guest;
  std::vector<std::string> vms;
  std::string vcpus = "1", memory = "128M", weight = "100", args, firmware;
  std::string pcpus, topology, distances, policy, runqueue, seed, time_limit;
  std::string world = "live", quantum, ties;
  std::vector<std::string> costs, plugins;
  std::string console = "auto", json;
  TraceText trace;
  bool progress = false, quiet = false;
};

struct RunOptions {
  std::vector<VmSpec> vms;  // at least one; names are unique
  PcpuRequest pcpus;
  std::string topology;  // empty: the host's
  std::string distances; // between its nodes; empty: the topology's
  std::string policy;    // "host": Linux schedules
  std::optional<Granularity> granularity;  // of the policy's runqueues; none: its own
  Catalog catalog;       // that the policy's names are of
  bool simulated = false;
  std::string world;     // simulated: the topology of its host; empty: as this host's
  CostModel costs;       // simulated
  Duration quantum{10'000};  // simulated: how long a hart runs at one moment of virtual time
  std::uint64_t tie_seed = 0;       // simulated: SimulatedConfig's
  std::optional<std::uint64_t> seed;
  Duration time_limit = Duration::max();
  ConsoleMode console;
  std::string json;         // file; empty: none
  TraceOptions trace;
  bool progress = false, quiet = false;
};

inline constexpr const char* kNoHostTrace =
    "--trace records who runs on which pCPU; under --policy host Linux decides that, and a thread does not see when it "
    "is put aside; name a policy of ours ('roost policies'), or record with 'perf sched record'";

inline constexpr const char* kNoHostRunqueues =
    "under policy host Linux schedules, and has runqueues of its own; name one of ours ('roost policies')";

/// The policy that was asked for, for all machines on this host.
Result<Policy> policy_of(const RunOptions& options, const Topology& topology);
/// Adds the options and the help of `roost run` to its subcommand.
void describe_run(CLI::App& command, RunText& text);
/// "10us": 100 ns to 10 ms.
Result<Duration> parse_quantum(const std::string& text);
Result<RunOptions> parse_run(const RunText& text);
/// "pcpu", "core", "llc", "node" or "machine".
Result<Granularity> parse_granularity(const std::string& text);
/// "fifo", "random" or "random:SEED", as SimulatedConfig::tie_seed has it; `seed` is the run's.
Result<std::uint64_t> parse_ties(const std::string& text, std::uint64_t seed);

}  // namespace roost
