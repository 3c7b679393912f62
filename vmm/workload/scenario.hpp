// The room: a scenario as plain values: the host, the VMs, what their vCPUs do, what comes from outside, when it ends.
// Not here: reading it (scenario_reader), running it (workload), what topology, policy and cost texts mean (tools/cli).
// Invariants: every index points into its table; every number lies in its range; one thing of a kind has a name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sched/vocabulary/weight.hpp"
#include "vmm/workload/phase.hpp"

namespace roost {

/// A text that others understand, and where it stands, for their sentences.
struct Quoted {
  std::string text;
  std::string where;  // "ping.toml:12: host.topology"
};

struct ObjectSpec {
  enum class Kind : std::uint8_t { Event, Lock, Barrier, Queue };
  std::string name;
  Kind kind = Kind::Event;
  bool polls = false;          // who waits keeps its pCPU and spins
  bool shared = false;         // one for all VMs; else each VM has its own. Queues are shared always
  bool remembers = true;       // Event: a signal that nobody waits for is kept for the next
  std::uint32_t parties = 0;   // Barrier: 0: all vCPUs whose scripts name it
  std::string where{};         // Barrier: where that is written
};

struct CapacitySpec {
  std::vector<std::uint32_t> pcpus;
  std::uint32_t capacity = 1024;
  std::string where;
};

struct HostSpec {
  std::optional<Quoted> topology;  // hwloc text or FILE.xml; none: the live host, or `pcpus` alike in a simulated one
  std::uint32_t pcpus = 0;         // 0: all
  std::vector<CapacitySpec> capacities;
  std::vector<std::uint32_t> distances;  // nodes x nodes; empty: the topology's
  std::string distances_at;
  std::vector<Quoted> costs;  // "ipi.remote=3us"
};

/// A named set of pCPUs; VMs that name it stay in it. VMs that name none may use them too, unless it has a policy.
struct PoolSpec {
  std::string name;
  std::vector<std::uint32_t> pcpus;
  std::string where;
  std::optional<Quoted> policy{}, runqueue{};  // of its own
};

/// A time for which a VM is switched on.
struct Life {
  Duration starts_at{0};
  std::optional<Duration> stops_at{};  // of the last one none: when its scripts or its guest end
};

struct ScenarioVm {
  std::string name;
  std::uint32_t vcpus = 1;          // that run from the beginning
  std::uint32_t spare_vcpus = 0;    // that wait to be forked
  Weight weight = kDefaultWeight;
  std::string pool;                     // the pool that it was given; affinities lie within it
  std::vector<std::uint32_t> affinity;  // pCPUs; empty: all
  std::vector<std::uint32_t> soft_affinity;  // pCPUs that its vCPUs prefer; empty: none
  std::vector<std::uint32_t> scripts;   // vCPU i runs scripts[i % size]; empty: it has a guest
  std::vector<Weight> weights;          // of single vCPUs, in order; those beyond have `weight`
  std::vector<std::vector<std::uint32_t>> affinities;  // likewise
  std::map<std::size_t, std::string> affinities_at;    // where they stand, each from one vCPU on; none: as affinity
  std::uint32_t cap = 0, vcpu_cap = 0;  // percent of a pCPU, of all its vCPUs together or of each; 0: none
  Duration cap_period{0};
  std::uint32_t reservation = 0;        // percent of a pCPU, of all its vCPUs together, evenly; 0: none
  Duration reservation_period{0};
  std::string guest, args;              // a toy guest or a file, beside the scenario's
  std::uint64_t memory = 128ULL << 20;
  std::vector<Life> lives{Life{}};      // at least one, one after the other
  /// Where what is said of these stands: affinity, soft_affinity, cap, reservation, guest.
  std::map<std::string, std::string, std::less<>> places;
  std::string place(std::string_view key) const {
    const auto found = places.find(key);
    return found == places.end() ? "" : found->second;
  }
};

struct ArrivalSpec {
  std::uint32_t queue = 0;        // index of the object
  Distribution gap{};             // exponential: Poisson; constant: periodic
  std::optional<Distribution> on, off;  // bursts
  std::vector<Time> times;        // from a CSV; then `gap` means nothing
  std::uint64_t jobs = kForever;  // then it ends
  std::string where;
};

/// Something that is changed at its time.
struct TimedChange {
  enum class Kind : std::uint8_t { Weight, Affinity, SoftAffinity, Offline, Online, Policy, Start, Stop };
  bool of_traits() const { return kind == Kind::Weight || kind == Kind::Affinity || kind == Kind::SoftAffinity; }
  Kind kind = Kind::Weight;
  Duration at{0};
  std::uint32_t vm = 0;               // of_traits(), Start, Stop (see Life): of this VM,
  std::optional<std::uint32_t> vcpu{};  // of one of its vCPUs, or of all
  Weight weight = kDefaultWeight;
  std::vector<std::uint32_t> pcpus{};   // Affinity: where it may run; SoftAffinity: had rather; Offline, Online: which
  std::string policy{}, pool{};         // Policy: as the run's; of a pool, or of all pCPUs that lie in none
  std::string where{};
};

enum class WorldKind : std::uint8_t { Live, Simulated };

/// What the name of an event that stands for rt-app's suspend and resume begins with.
inline constexpr std::string_view kSuspension = "suspend ";

struct Scenario {
  std::string file, title;
  bool rtapp = false;  // the file is rt-app's JSON: what is advised are its keys
  WorldKind world = WorldKind::Simulated;
  std::optional<Quoted> policy, runqueue;
  std::uint64_t seed = 1;
  std::uint64_t tie_seed = 0;
  Duration time_limit = Duration::max();
  std::uint32_t repetitions = 1;
  std::optional<Duration> quantum;  // simulated: how long a hart runs at one moment of virtual time
  HostSpec host;
  std::vector<ObjectSpec> objects;
  std::vector<std::string> targets;  // of IPIs: "2" (of the same VM) or "web/2"
  std::vector<Script> scripts;
  std::vector<PoolSpec> pools;
  std::vector<ScenarioVm> vms;
  std::vector<ArrivalSpec> arrivals;
  std::vector<TimedChange> changes;  // in time order; those of one moment as they were written

  /// The object of that kind and name, added if it is new.
  std::uint32_t object(ObjectSpec::Kind kind, const std::string& name) {
    for (std::size_t i = 0; i < objects.size(); ++i)
      if (objects[i].kind == kind && objects[i].name == name) return static_cast<std::uint32_t>(i);
    objects.push_back({.name = name, .kind = kind, .shared = kind == ObjectSpec::Kind::Queue});
    return static_cast<std::uint32_t>(objects.size() - 1);
  }
};

}  // namespace roost
