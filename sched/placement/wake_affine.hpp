// The room: the placement that chooses between the waker's caches and the wakee's own.
// Rules, as Linux documents and has them (6.1 kernel/sched/fair.c: record_wakee(), wake_wide(), wake_affine(),
//   select_idle_sibling(); commit 63b0e9edceec "sched/fair: Beef up wake_wide()"):
//   Flips: each vCPU counts how often it wakes another one than the last time; the count is halved once a second.
//   1. A wakeup is wide if, of waker and wakee, one has at least as many flips as an LLC has pCPUs, and the other at
//      least that many times as many: partners that would not fit into one LLC. Then the wakee's last pCPU counts;
//      so it does where nobody's pCPU wakes it, or the wakee may not run there.
//   2. Else the waker's pCPU or the last one, the first of these that holds:
//      - the waker's idles (a timer woke it there) and shares the LLC with the last: the last if that idles, else it;
//      - the waker is about to block, and runs there alone: the waker's;
//      - the last idles: the last;
//      - weight per capacity: the waker's, if with the wakee, and without the waker if that is about to block, it is
//        less than that of the last, which counts `bias` percent more; else the last.
//   3. Around the one so chosen: itself if it idles; the last, if that idles and shares its LLC; an idle core of its
//      LLC, then any idle pCPU of it; else itself, whatever runs there. Never outside that LLC,
//      unless reach=machine: then the nearest idle pCPU anywhere before itself.
//   A new vCPU, and one that is moved: the nearest idle pCPU, else the lightest of kMostLoads.
// Deviations: no recently used CPU and no budget by load (SIS_UTIL) in the idle search. The last pCPU's load has no
//   part of the wakee in it, so none is taken off. A timer or a device that wakes is nobody: no flips. One
//   that may not run on the pCPU chosen goes to the nearest that it may.
// Constants: scan, 16: so many idle pCPUs of a ring are asked whether their core idles. bias, 8 percent, half of
//   Linux's imbalance_pct of 117 beyond 100: more draws towards the waker. kDecay, 1 s. reach, llc, as in Linux to this
//   day; machine: what Lozi et al. (The Linux Scheduler: a Decade of Wasted Cores, EuroSys 2016, 3.3) mend overload on
//   wakeup by, but for taking the nearest idle pCPU, not the one that has idled longest. Whether the waker is about to
//   block is known of scripts: a wait, a sleep or a timer follows the signal.
// State: 24 bytes a vCPU: its flips are written while it runs, by itself; read by whoever wakes it.
// Not work-conserving when: nobody idles in the LLC that was chosen, and somebody does elsewhere (reach=machine:
//   never).
#pragma once

#include "sched/placement/idle_search.hpp"
#include "sched/placement/placer.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class WakeAffine final : public Placer {
 public:
  static constexpr std::size_t kScan = 16, kMostLoads = 32;
  static constexpr std::int64_t kBias = 8;  // percent
  static constexpr Duration kDecay = std::chrono::seconds(1);

  struct Rules {
    std::size_t scan = kScan;
    std::uint64_t bias = kBias;
    enum class Reach : std::uint8_t { Llc, Machine };
    Reach reach = Reach::Llc;
  };
  WakeAffine(Topology topology, std::size_t max_vcpus, Rules rules)
      : topology_(std::move(topology)), rules_(rules), wakers_(max_vcpus) {}
  Placement choose(const PlacementRequest& request, const LoadView& view) override;

 private:
  struct Flips {
    VcpuId last_wakee = kNoVcpu;
    std::uint32_t count = 0;
    Time decayed_at{};
  };
  struct Pair {
    PcpuId waker, last;
  };
  void note(VcpuId waker, VcpuId wakee, Time now);
  bool is_wide(VcpuId waker, VcpuId wakee, PcpuId at) const;
  PcpuId affine(const PlacementRequest& request, const LoadView& view, const Surroundings::Waker& waker) const;
  bool lighter_at_waker(const PlacementRequest& request, const LoadView& view,
                        const Surroundings::Waker& waker) const;
  Placement idle_sibling(PcpuId target, const PlacementRequest& request, const LoadView& view) const;

  Topology topology_;
  Rules rules_;
  IdVector<VcpuId, Flips> wakers_;
};

extern const PlacementEntry kWakeAffineEntry;

}  // namespace roost
