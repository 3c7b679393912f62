// The room: the caches of guests' real memory accesses: who runs on which core, when the shared levels are told, what
//   that comes to for each vCPU and pCPU.
// Not here: tags (tag_array, private_caches), coherence (shared_caches), virtual time (executor).
// Rules: while a vCPU runs, only the private caches of its core are used, and what they miss is logged. settle()
//   answers the log up to a moment, in order of (time, pCPU); by then every vCPU that ran before that moment has logged
//   all of it. So the order in which shared levels see requests is that of virtual time, whatever the order of running.
// Invariants: what a vCPU is charged is what its requests came to: a guess at once, the difference with take_owed().
//   One thread; no host address, hash order or clock: the same run is the same bytes.
#pragma once

#include <cstdint>
#include <vector>

#include "sched/topology/topology.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/time.hpp"
#include "vmm/caches/guest_figures.hpp"
#include "vmm/caches/miss_log.hpp"
#include "vmm/caches/shared_caches.hpp"

namespace roost {

class GuestCaches {
 public:
  GuestCaches(const Topology& topology, const GuestCacheFigures& figures);

  struct Runner {
    VcpuId vcpu;
    VmId vm;
    PcpuId pcpu;
  };
  /// `runner` is about to run, in pieces: for each begin() of the caches, run() with them as observer, and count().
  PrivateCaches& enter(const Runner& runner);
  void count(const Runner& runner, const PrivateCaches& caches);

  /// Answers all requests that were made before `until_ps`.
  void settle(std::int64_t until_ps);
  /// What the vCPU's answered requests cost beyond the guesses, in whole nanoseconds. The rest, and what they cost
  /// less, is kept for later ones.
  Duration take_owed(VcpuId vcpu);

  CacheCounts of(VcpuId vcpu) const { return vcpus_.contains(vcpu) ? vcpus_[vcpu].counts : CacheCounts{}; }
  const CacheCounts& of(PcpuId pcpu) const { return pcpus_[pcpu]; }
  const SharedCaches& shared() const { return shared_; }
  /// Answers everything, and looks whether directory and caches agree.
  void check_at_rest();

 private:
  struct Account {
    CacheCounts counts;
    CoreId core = kNoCore, core_before = kNoCore;  // where it runs; where it ran before that
    std::int64_t owed_ps = 0;
    std::int64_t guess_ps = 0;                     // of a miss
    std::int64_t answered = 0, answered_ps = 0;    // since the guess was made
  };
  static constexpr CoreId kNoCore{0xffffffff};
  void answer(PcpuId pcpu, const MissRequest& request);
  bool was_left_behind(const Account& account, std::uint64_t line) const;

  std::int64_t parallel_, first_guess_ps_;
  SharedCaches shared_;
  MissLog log_;
  IdVector<VcpuId, Account> vcpus_;
  IdVector<PcpuId, CacheCounts> pcpus_;
};

}  // namespace roost
