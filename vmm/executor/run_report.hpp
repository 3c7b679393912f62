// The room: what a run came to, as plain values, for tables, JSON and tests.
// Invariants (asserted): per vCPU run + wait + halted + capped == lifetime; per pCPU busy + idle + overhead == wall;
//   of a simulated one waited.sum() == idle.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sched/balance/balancer.hpp"
#include "sched/discipline/crowd.hpp"
#include "sched/topology/granularity.hpp"
#include "sched/topology/topology.hpp"
#include "sched/trace/event.hpp"
#include "sched/trace/histogram.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"
#include "sched/vocabulary/weight.hpp"
#include "vmm/caches/guest_figures.hpp"
#include "vmm/executor/run_places.hpp"

namespace roost {

inline constexpr std::size_t kMigrateWhys = 7;  // MigrateWhy

struct VcpuReport {
  std::string vm;             // the VM's name
  std::uint32_t number = 0;   // within its VM (the hart id)
  bool used = true;           // false: a spare that nobody forked, or of a VM that was to start later: it had no life
  Weight weight = kDefaultWeight;
  Duration run{0}, wait{0}, halted{0}, capped{0}, lifetime{0};  // capped: runnable, but its cap was used up
  /// What a guest's steal clock would show when it last came to run: all of `wait` but the time before it first ran and
  /// a wait that was not over at the end. So do KVM (run_delay), Xen (runnable) and RISC-V's SBI ("not idle and
  /// scheduled out", STA extension) count it.
  Duration steal{0};
  std::uint64_t retired = 0;  // guest instructions
  // Of `run`, simulated memory's part: filling caches that were cold, lines of other nodes, NUMA sampling.
  Duration reload{0}, remote_memory{0}, sampling{0};
  std::uint64_t numa_samples = 0, numa_remote = 0;  // of its memory, while it ran; of these on another node
  CacheCounts caches;         // of a guest's hart, where they are modelled
  std::uint64_t wakeups = 0;
  std::uint64_t slices = 0;   // times it was switched in
  std::uint64_t throttled = 0;  // times its cap was used up
  std::uint64_t co_stops = 0;   // times it was stopped for its siblings' sake
  Duration co_stopped{0};       // of `wait`
  Reservation reservation{};    // budget 0: none
  Duration reserved{0};         // of `run`, as time of a full pCPU: by right of its budget
  std::uint64_t deadline_misses = 0;  // periods throughout which it was runnable, and got less than its budget
  Duration longest_wait{0};     // on one runqueue
  Duration wait_bound = kNoBound;  // that its discipline states, whoever of the run is there; none after changes
  Histogram wake_to_run;      // ns from wakeup to running
  std::array<std::array<std::uint64_t, kMigrateWhys>, kDistances> migrations{};  // [Distance][MigrateWhy]
  RunPlaces run_on;
};

/// Balancing over one distance.
struct DomainBalance {
  std::uint64_t attempts = 0;            // times that loads at this distance were looked at for a plan
  std::uint64_t moved = 0;               // vCPUs
  std::array<std::uint64_t, kPlanOutcomes> plans{};  // [PlanOutcome]
};

/// How a simulated pCPU spent its idle time.
struct IdleTimes {
  Duration polled{0}, shallow{0}, deep{0};
  Duration sum() const { return polled + shallow + deep; }
};

struct PcpuReport {
  Duration busy{0}, idle{0}, overhead{0};
  IdleTimes waited{};                  // simulated: of `idle`, to the nanosecond
  std::uint64_t energy_uj = 0;         // simulated: microjoules
  std::uint64_t switches = 0;
  std::uint64_t kicks_sent = 0;        // by this pCPU's thread
  std::uint64_t kicks_suppressed = 0;  // not sent, one was outstanding
  std::uint64_t kicks_polled = 0;      // of those sent, whose target polled: no IPI, no system call
  std::uint64_t idle_ticks = 0;        // ticks that it had while it idled
  std::uint64_t sleeps = 0;            // times it went into the futex
  std::uint64_t polls_hit = 0;         // times work came while it polled
  std::uint64_t timers = 0;            // of halted vCPUs that expired
  std::uint64_t pulls = 0, pushes = 0; // vCPUs moved by its plans
  std::uint64_t helpers = 0;           // times that it had an idle pCPU balance for all that idle
  std::uint64_t helped = 0;            // vCPUs that it moved, balancing so, to others
  std::uint64_t pauses = 0;            // exits of vCPUs that spun
  std::uint64_t directed = 0;          // of these, those after which one sibling ran instead
  std::uint64_t sent = 0;              // vCPUs that ran here and went elsewhere because they were asked to
  std::array<std::uint64_t, 2> asked{};  // [Trigger]: times that its balancer was asked for a plan
  std::array<DomainBalance, kDistances> balance{};
  Duration idle_while_waiting{0};      // of `idle`; see ConservationReport
  CacheCounts caches;                  // of the guests' harts that ran on it
};

struct VmReport {
  std::string name, guest;
  int exit_code = 0;
  bool ended = false;  // false: the run was over before the guest was
  Duration lifetime{0};
};

/// What a simulated run was charged with: everything that its result depends on beside its host, guests and policy.
struct CostInForce {
  std::string name, unit;
  std::int64_t figure = 0, usual = 0;
};
struct SimulationReport {
  std::vector<CostInForce> costs;  // empty: the run was live
  Duration quantum{0};             // of rv64 vCPUs; 0: there were none
  bool guest_caches = false;       // and theirs were modelled
  std::uint64_t events = 0;        // handled by the engine
  std::uint64_t tie_seed = 0;      // 0: events of equal time in the order in which they were planned
  std::uint64_t hint_faults = 0, pages_moved = 0;
};

/// Did pCPUs stand idle while vCPUs waited that were allowed to run there?
struct ConservationReport {
  enum class Source : std::uint8_t { None, Counted, Trace } source = Source::None;  // None: the figures mean nothing
  Duration idle_while_waiting{0};  // of all pCPUs
  Duration lost{0};  // see IdleWhileWaiting::lost
};

struct PolicyChange {
  Duration at{0};  // since the run's start
  std::string policy;
  std::string pool = {};  // empty: of all pCPUs that lie in no pool
};

struct PoolReport {
  std::string name;
  PcpuSet pcpus;
  std::string policy;  // that it began with
  Granularity granularity = Granularity::Pcpu;
};

struct RunReport {
  std::string world, policy;  // the policy that it began with
  Granularity granularity = Granularity::Pcpu;  // who shares a runqueue
  std::size_t runqueues = 0;                    // 0: none of ours
  std::vector<PolicyChange> policy_changes;
  std::vector<PoolReport> pools;  // each with a policy of its own
  SimulationReport simulation;
  Duration wall{0};
  IdVector<VmId, VmReport> vms;
  IdVector<VcpuId, VcpuReport> vcpus;
  IdVector<PcpuId, PcpuReport> pcpus;
  ConservationReport conservation;
  PcpuReport elsewhere;  // kicks by threads that are no pCPU (I/O)
};

}  // namespace roost
