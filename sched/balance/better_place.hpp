// The room: would whoever a pCPU runs do better elsewhere? Pull and push cannot help there: they move who waits.
// Rules: an idle pCPU of a core that idles as a whole is a better place if
//   - it is faster, by more than kMargin / 1024 (a misfit), or
//   - it is not slower, and another sibling of the own core runs somebody too (a crowded core).
//   Of a ring's idle pCPUs kMostSeen at most are looked at, those of the next higher ids first; the fastest of them is
//   taken, the first of equals. Who runs is asked to go only after so many looks in a row, between which its pCPU has
//   idled no more than kIdle percent of the time: who sleeps much finds such a place when it wakes. Of crowded siblings
//   the lowest waits twice as long, so that they do not all go.
//   Source: Linux 6.1 kernel/sched/fair.c: need_active_balance(), group_misfit_task, capacity_greater() (1078 / 1024),
//   fits_capacity() (80 percent).
// Deviations: Linux calls misfit a task that uses more than 80 percent of a CPU, by its tracked load; here it is the
//   pCPU that was busy for so long, by whomever. Linux decides at the idle CPU; here the busy one does, since an idle
//   one has no tick.
// Constants: kMargin, 1078: less moves for noise in measured capacities. kIdle, 20 percent: more moves vCPUs that a
//   wakeup would have placed. kMostSeen, 16: each costs one or two words of flags; more finds a faster one in a large
//   ring.
#pragma once

#include <cstdint>

#include "sched/balance/balancer.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

class BetterPlaces {
 public:
  static constexpr std::uint64_t kMargin = 1078;
  static constexpr std::size_t kMostSeen = 16;

  explicit BetterPlaces(Topology topology);

  struct Place {
    PcpuId pcpu = kNoPcpu;   // kNoPcpu: none is better
    bool goes_last = false;  // of its crowded core's siblings
  };
  Place find(PcpuId self, const Topology::Ring& ring, const LoadView& view) const;

 private:
  bool faster(PcpuId than, PcpuId pcpu) const;
  const Topology::Ring* siblings_of(PcpuId pcpu) const;

  Topology topology_;
  std::uint32_t fastest_ = 0;  // capacity
};

/// Has a pCPU been busy since the last look at it?
class Occupied {
 public:
  static constexpr std::int64_t kIdle = 20;  // percent

  /// `idled`: in all, until `now`. True at the first look.
  bool since_last(Duration idled, Time now) {
    const Duration idle = idled - idled_, span = now - looked_at_;
    idled_ = idled;
    looked_at_ = now;
    return idle * 100 <= span * kIdle;
  }

 private:
  Duration idled_{0};
  Time looked_at_{};
};

/// How many looks in a row have found one.
class Misplaced {
 public:
  void forget() { looks_ = 0; }
  bool any() const { return looks_ > 0; }
  /// A look has found `place`: has it been so more often than `tries`? Then it begins anew.
  bool insists(const BetterPlaces::Place& place, std::uint32_t tries) {
    looks_ = place.pcpu == kNoPcpu ? 0 : looks_ + 1;
    if (looks_ <= (place.goes_last ? 2 * tries : tries)) return false;
    looks_ = 0;
    return true;
  }

 private:
  std::uint32_t looks_ = 0;
};

/// Whoever `from` runs goes to `to`, which idles.
inline Plan plan_active(PcpuId from, PcpuId to) { return {.from = from, .to = to, .how = MoveHow::Active}; }

}  // namespace roost
