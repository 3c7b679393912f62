// The room: at which runqueue each reservation is counted, so that at every one all that is promised there can be kept.
// Not here: budgets (reservation), moving vCPUs (executor), sentences for a refusal (tools).
// Rules: a vCPU with a reservation has a *seat* at one runqueue all of whose pCPUs it may use; there its share Q / T is
//   counted, also while it sleeps. At a runqueue of one pCPU the shares come to 95 % of its capacity at most: then EDF
//   misses no deadline (Liu and Layland, 1973), and 5 % are left for switches and for everyone else. Where m online
//   pCPUs share it, they come to 95 % of m of the slowest, less (m - 1) times the greatest share, at most: what global
//   EDF keeps on m equal pCPUs (Goossens, Funk and Baruah, "Priority-driven scheduling of periodic task systems on
//   multiprocessors", 2003; their proof is for any jobs that pCPUs of their own, as fast as the shares, would finish in
//   time, and what a server asks for is such: see Abeni and Buttazzo's rule). A vCPU waits and runs at its seat alone;
//   it may go elsewhere where there is room for it, and takes its seat along:
//   - Who has had less than its rate so far (CbsServer::is_behind) needs room for its rate until its deadline, which is
//     above its share; what it leaves behind is free at once.
//   - Who is ahead of its rate needs room for its share; the seat that it leaves stays taken until its deadline, since
//     others there have waited for it.
//   - Who wakes and begins a period anew needs room for its share, and frees its old seat at once.
//   Admission, and every change of affinities and pCPUs, must find everyone a seat: whoever has one keeps it, unless
//   those who have it there are too much for the pCPUs that are left; else the largest first, each where most room is
//   left; else all anew, so, or the least room that is enough (best fit), or first those who may use the fewest pCPUs.
//   If none of these finds seats for all, the change is refused. (Whether any packing would is the bin packing one.)
//   Runqueues and affinities lie within pools, so each pool admits what its own pCPUs can keep.
// Limits: who may use only some pCPUs of each runqueue finds no seat. Sets that global EDF would keep are refused where
//   one share is great: of two pCPUs with 90 % promised to one vCPU only 10 % are left for all others.
// Not work-conserving when: a vCPU with a reservation waits at its seat, and the pCPU that idles has no room for it: as
//   long as that lasts. It gets its reservation all the same.
// After a change of affinities or pCPUs the promise holds anew from each server's next period on.
// Invariants: the shares counted at a runqueue, and what is still taken there, are within its room, but for what a
//   change seated there while others had not left yet.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sched/gate/reservation.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/pcpu_set.hpp"
#include "sched/vocabulary/vcpu_traits.hpp"

namespace roost {

/// Somebody finds no seat.
struct NoSeat {
  VcpuId vcpu = kNoVcpu;
  Share asked = 0;
  std::vector<PcpuId> among;   // the online pCPUs that it may use
  std::size_t sharing = 0;     // the most of these that share a runqueue, all of which it may use
  PcpuId roomiest = kNoPcpu;   // of these: the first of the runqueue
  Share room = 0;              // there, for one alone, with all others who came before it seated
  Share all_asked = 0, all_offered = 0;  // by everyone, by all online pCPUs, of its pool
  bool in_pool = false;        // that is not the whole host
};

/// What a vCPU needs in order to go elsewhere now.
struct SeatNeed {
  Share room = 0;             // where it goes, until `until`; afterwards its share
  Time until{};
  bool frees_at_once = true;  // what it leaves; else at `until`
};
SeatNeed seat_need(const CbsServer& server, Time now);

class Seats {
 public:
  static constexpr Share most_of(std::uint32_t capacity) { return kFullShare * 95 / 100 * capacity / 1024; }

  /// Of pCPUs of these capacities, all online, and of these runqueues; empty: each of its own. vCPUs without a
  /// reservation have no seat. `pools`: within which runqueues and affinities lie, as refusals tell; empty: one.
  Seats(const IdVector<PcpuId, std::uint32_t>& capacities, std::span<const VcpuTraits> vcpus,
        IdVector<PcpuId, RunqueueId> runqueues = {}, std::vector<PcpuSet> pools = {});

  /// Before anything else: seats for all.
  std::optional<NoSeat> pack() { return reseat({}); }
  bool has(VcpuId vcpu) const { return vcpus_[vcpu].share > 0; }
  /// The lowest online pCPU there; kNoPcpu: it has none.
  PcpuId seat(VcpuId vcpu) const;
  bool sits_at(VcpuId vcpu, PcpuId pcpu) const { return vcpus_[vcpu].seat == runqueues_[pcpu]; }

  /// Is there room for it?
  bool fits(VcpuId vcpu, PcpuId to, const SeatNeed& need, Time now) const;
  /// Its seat is there from now on, if there is room.
  bool take(VcpuId vcpu, PcpuId to, const SeatNeed& need, Time now);
  /// Where it may go, its seat included.
  PcpuSet where(VcpuId vcpu, const SeatNeed& need, Time now) const;
  /// It is over; its seat stays taken until then.
  void finish(VcpuId vcpu, Time until);
  /// Since when there has been as much room there as now, at least.
  Time roomy_since(PcpuId pcpu) const { return benches_[runqueues_[pcpu]].roomy_since; }

  /// A refusal changes nothing. `moved`, if not null, gets those whose seat is another one now.
  std::optional<NoSeat> set_allowed(VcpuId vcpu, PcpuSet allowed, Time now, std::vector<VcpuId>* moved = nullptr);
  std::optional<NoSeat> set_online(PcpuId pcpu, bool online, Time now, std::vector<VcpuId>* moved = nullptr);

  void check_invariants() const;

 private:
  struct Sitter {  // a vCPU
    Share share = 0;  // 0: no reservation, or over
    RunqueueId seat = kNoRunqueue;
    PcpuSet allowed;
  };
  struct Taken {  // beyond the shares of those seated
    Share share = 0;
    Share whole = 0;  // of whom it is or was, with its share
    Time until{};
  };
  struct Bench {  // a runqueue
    std::vector<PcpuId> pcpus;
    std::int64_t online = 0;  // of these
    Share most = 0;           // of each: the slowest's
    Share shares = 0;         // of those seated
    std::vector<Share> each;  // likewise, the greatest first; where several pCPUs share it
    std::vector<Taken> taken;
    Time roomy_since{};
  };
  enum class Fit { MostRoom, LeastRoom };

  static Share left(const Bench& bench, Share greatest);
  static Share room(const Bench& bench, Share whole, Time now);
  static Share most_for_one(const Bench& bench);
  static void sit_down(Bench& bench, Share share);
  static void stand_up(Bench& bench, Share share);
  static void free(Bench& bench, Share share, Time until);
  bool may_sit(const Sitter& sitter, const Bench& bench) const;
  void get_up(Sitter& sitter);
  bool can_stay(const Sitter& sitter) const;
  RunqueueId choose(const Sitter& sitter, Fit fit) const;
  std::optional<NoSeat> seat_all(std::span<const VcpuId> order, Fit fit);
  std::optional<NoSeat> reseat(Time now);
  std::optional<NoSeat> adopt(Seats next, Time now, std::vector<VcpuId>* moved);
  NoSeat refusal(VcpuId vcpu) const;
  std::vector<VcpuId> without_seat() const;

  IdVector<VcpuId, Sitter> vcpus_;
  IdVector<PcpuId, RunqueueId> runqueues_;
  IdVector<RunqueueId, Bench> benches_;
  PcpuSet online_;
  std::vector<PcpuSet> pools_;
};

}  // namespace roost
