// The room: where a new or woken vCPU goes.
// Not here: moving a vCPU that already waits (balance), who runs next (discipline).
// Invariants: the answer is an online pCPU of request.allowed.
#pragma once

#include <cstdint>
#include <memory>

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/constants.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/pcpu_set.hpp"
#include "sched/vocabulary/time.hpp"
#include "sched/vocabulary/weight.hpp"

namespace roost {

enum class PlacementKind : std::uint8_t { Fork, Wake, Requeue };

/// What only some placements want to know of a request: found out when they ask, so the others pay nothing.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  /// Bit i: another vCPU of its VM runs on pCPU 64 w + i, or waits in its runqueue, at about this moment.
  virtual std::uint64_t siblings(std::size_t w) const = 0;
};

struct PlacementRequest {
  VcpuId vcpu;
  PlacementKind kind = PlacementKind::Wake;
  Weight weight = kDefaultWeight;
  PcpuId last = kNoPcpu;   // where it ran last; kNoPcpu before its first run
  PcpuId waker = kNoPcpu;  // the pCPU that wakes it; kNoPcpu for a device or a timer thread
  const PcpuSet* allowed = nullptr;
  Time now{};
  const Surroundings* around = nullptr;  // null: nothing is known of them
  std::uint64_t turn = 0;  // grows whenever it runs or is woken: what is drawn or counted by it differs each time
};

enum class PlacementWhy : std::uint8_t {
  Last,         // it ran there last, and it is idle
  Idle,         // it is idle
  LeastLoaded,  // of those that were looked at
  Only,         // nobody else was looked at
  Rule,         // the placement's rule, whatever runs there
};

struct Placement {
  PcpuId pcpu;
  PlacementWhy why;
};

class Placer {  // called by several pCPUs at once: state is per vCPU, and touched only by the owner of its record
 public:
  virtual ~Placer() = default;
  /// The same when it is asked again with the same.
  virtual Placement choose(const PlacementRequest& request, const LoadView& view) = 0;
};

/// What a placement is made for.
struct PlacementScope {
  const Topology& topology;
  std::size_t max_vcpus = 0;
  std::uint64_t seed = 0;  // of one that draws
};

/// What the catalog knows of a placement.
struct PlacementEntry {
  PieceInfo info;
  std::unique_ptr<Placer> (*make)(const PlacementScope& scope, const ConstantValues& constants);
};

/// `make` of a placement without constants.
template <typename P>
std::unique_ptr<Placer> make_placer(const PlacementScope& scope, const ConstantValues&) {
  return std::make_unique<P>(scope.topology);
}
/// Likewise, of one that draws.
template <typename P>
std::unique_ptr<Placer> make_drawing_placer(const PlacementScope& scope, const ConstantValues&) {
  return std::make_unique<P>(scope.topology, scope.seed);
}

}  // namespace roost
