// The room: where a new or woken vCPU goes.
// Not here: moving a vCPU that already waits (balance), who runs next (discipline).
// Invariants: the answer is an online pCPU of request.allowed; or, of a placement that holds back, none.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "sched/runqueue/load_average.hpp"
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
  virtual std::uint64_t siblings(std::size_t /*w*/) const { return 0; }
  struct Waker {
    VcpuId vcpu = kNoVcpu;  // whose own doing wakes it; kNoVcpu: a timer's or a device's
    Weight weight = kDefaultWeight;
    bool blocks = false;    // it is about to
  };
  virtual Waker waker() const { return {}; }
  /// For how long it has run in all.
  virtual Duration ran() const { return {}; }
  /// Soft affinity: those of the pCPUs it may use that it prefers. Null: all are alike to it.
  virtual const PcpuSet* preferred() const { return nullptr; }
  /// Bytes of that node's memory that are free, if that is known.
  virtual std::optional<std::uint64_t> free_memory(NodeId /*node*/) const { return std::nullopt; }
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
  PcpuId pcpu;  // kNoPcpu: it stands in line until a pCPU is its own (Placer::holds_back)
  PlacementWhy why;
};

class Placer {  // called by several pCPUs at once: state is per vCPU, and touched only by the owner of its record
 public:
  virtual ~Placer() = default;
  /// The same when it is asked again with the same.
  virtual Placement choose(const PlacementRequest& request, const LoadView& view) = 0;
  /// Does it look at preferred() itself? Else a vCPU with soft affinity is placed by Preferring.
  virtual bool heeds_preferred() const { return false; }
  /// Runqueues publish how busy their pCPUs are as an average that remembers so; nothing, unless it asks for that.
  virtual LoadMemory utilisation() const { return {}; }
  /// `vcpu` goes to `pcpu` because its memory lies there.
  virtual void follows_memory(VcpuId /*vcpu*/, PcpuId /*pcpu*/) {}

  // ---- a placement that holds back: its state is the whole host's, so it is asked by one pCPU at a time
  virtual bool holds_back() const { return false; }
  /// `vcpu` has finished, or belongs to another pool from now on.
  virtual void finish(VcpuId /*vcpu*/) {}
  /// Gives a free pCPU to somebody who stands in line, and says to whom; kNoVcpu: there is none, or nobody.
  virtual VcpuId next_in_line(const LoadView& /*view*/) { return kNoVcpu; }
  /// Has it been given one?
  virtual bool has_place(VcpuId /*vcpu*/) const { return true; }
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
