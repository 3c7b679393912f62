// The room: how long pCPUs stood idle while vCPUs waited that were allowed to run there: what a run lost to not being
// work-conserving, to the nanosecond.
// Not here: why (the plates of the policy's pieces say when they leave a pCPU idle).
// Invariants: changes may come out of order, but none from before the last settle(); every change costs O(log of those
//   told ahead), but for a vCPU of restricted affinity that is the first or last of its kind to wait: O(cells that it
//   may run in), and for the first use of an affinity: O(pCPUs in it).
//   A pCPU that is offline does not idle: it works, as far as this room is told.
//   Seats of reservations are not looked at: what is idle because a pCPU has no room for one that waits is lost, too.
//
// The pCPUs that the same restricted affinities name form a *cell*; a new affinity divides cells and joins none.
// While a vCPU waits that may run anywhere, every idle pCPU counts; at other times those of *wanted* cells do. Both are
// kept as running clocks that a pCPU reads when it becomes idle and when it stops.
#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/time.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"
#include "vmm/executor/told_ahead.hpp"

namespace roost {

class IdleWhileWaiting {
 public:
  /// From `began` on; all pCPUs idle, nobody waits. The affinities are those at the start.
  IdleWhileWaiting(std::size_t pcpus, std::span<const VcpuTraits> vcpus, Time began);

  void waits(VcpuId vcpu, Time at) { tell(at, Change::Waits, static_cast<std::uint32_t>(vcpu)); }
  void runs(VcpuId vcpu, Time at) { tell(at, Change::Runs, static_cast<std::uint32_t>(vcpu)); }
  void idles(PcpuId pcpu, Time at) { tell(at, Change::Idles, static_cast<std::uint32_t>(pcpu)); }
  void works(PcpuId pcpu, Time at) { tell(at, Change::Works, static_cast<std::uint32_t>(pcpu)); }
  /// From then on `vcpu` may run there.
  void may_use(VcpuId vcpu, PcpuSet allowed, Time at);
  /// Nothing will be told any more of the time before `now`.
  void settle(Time now) {
    while (!pending_.empty() && pending_.next_time() <= now) take_earliest();
    settled_ = now;
  }
  void close(Time end);

  // ---- after close() ----
  /// Of this pCPU's idle time that in which a vCPU waited that it might have run.
  Duration of(PcpuId pcpu) const { return pcpus_[pcpu].counted; }
  Duration sum() const;
  /// pCPU time that a work-conserving scheduler would have used: the lesser of idle pCPUs that might have run something
  /// and vCPUs that waited, over time. With restricted affinities an upper bound of it, else exact.
  Duration lost() const { return lost_; }

 private:
  static constexpr std::uint32_t kAnywhere = 0;  // the first kind
  enum class Change : std::uint32_t { Waits, Runs, Idles, Works, MayUse };
  struct Told {
    Change change;
    std::uint32_t who;  // MayUse: which of affinities_
  };
  struct Vcpu {
    std::uint32_t kind = kAnywhere;
    bool waits = false;
  };
  struct Kind {  // vCPUs of one affinity
    std::vector<std::uint32_t> cells;
    std::int64_t waiting = 0;
  };
  struct Cell {
    std::vector<std::uint32_t> kinds;  // that name it
    std::size_t pcpus = 0;
    std::int64_t wanted = 0;  // kinds that name it and have somebody waiting
    std::int64_t idle = 0;    // of its pCPUs
    Duration clock{0};        // while wanted and nobody waited who may run anywhere
    Duration mark{0};         // up to where of quiet() it is counted
  };
  struct Pcpu {
    std::uint32_t cell = 0;
    bool idle = true;
    Duration mark{0};         // of seen() when it became idle
    Duration counted{0};
  };

  std::uint32_t kind_of(const PcpuSet& allowed);
  void divide_cells(const std::vector<std::uint32_t>& members, std::uint32_t kind);
  void set_kind(Vcpu& vcpu, std::uint32_t kind);
  void set_waits(Vcpu& vcpu, bool waits);
  void tell(Time at, Change change, std::uint32_t who);
  void take_earliest();
  void take(Time at, Told told);
  void advance(Time at);
  void count_waiting(std::uint32_t kind, std::int64_t more);
  void set_wanted(Cell& cell, std::int64_t more);
  void set_idle(Pcpu& pcpu, bool idle);
  Duration quiet() const { return (now_ - began_) - crowded_; }
  Duration seen(const Cell& cell) const {
    return crowded_ + cell.clock + (cell.wanted > 0 ? quiet() - cell.mark : Duration{0});
  }

  IdVector<PcpuId, Pcpu> pcpus_;
  IdVector<VcpuId, Vcpu> vcpus_;
  std::vector<Kind> kinds_;
  std::vector<Cell> cells_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> known_;  // kinds by the pCPUs of their affinity
  std::vector<std::pair<VcpuId, PcpuSet>> affinities_;         // as they were told
  ToldAhead<Told> pending_;
  Time began_, now_, settled_;
  Duration crowded_{0};        // time in which a vCPU waited that may run anywhere
  std::int64_t waiting_ = 0, idle_ = 0, idle_wanted_ = 0;  // idle_wanted_: in wanted cells
  Duration lost_{0};
};

}  // namespace roost
