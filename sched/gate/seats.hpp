// The room: on which pCPU each reservation is counted, so that on every pCPU all that is promised there can be kept.
// Not here: budgets (reservation), moving vCPUs (executor), sentences for a refusal (tools).
// Rules: a vCPU with a reservation has a *seat* at one online pCPU that it may use; there its share Q / T is counted,
//   also while it sleeps. On each pCPU the shares come to 95 % of its capacity at most: then EDF misses no deadline
//   (Liu and Layland, 1973), and 5 % are left for switches and for everyone else. A vCPU waits and runs at its seat
//   alone; it may go elsewhere where there is room for it, and takes its seat along:
//   - Who has had less than its rate so far (CbsServer::is_behind) needs room for its rate until its deadline, which is
//     above its share; what it leaves behind is free at once.
//   - Who is ahead of its rate needs room for its share; the seat that it leaves stays taken until its deadline, since
//     others there have waited for it.
//   - Who wakes and begins a period anew needs room for its share, and frees its old seat at once.
//   Admission, and every change of affinities and pCPUs, must find everyone a seat: whoever has one keeps it; else the
//   largest first, each where most room is left; else all anew, so, or the least room that is enough (best fit), or
//   first those who may use the fewest pCPUs. If none of these finds seats for all, the change is refused. (Whether any
//   packing would is the bin packing problem.)
// Not work-conserving when: a vCPU with a reservation waits at its seat, and the pCPU that idles has no room for it: as
//   long as that lasts. It gets its reservation all the same.
// After a change of affinities or pCPUs the promise holds anew from each server's next period on.
// Invariants: the shares counted at a pCPU, and what is still taken there, are within its room, but for what a change
//   seated there while others had not left yet.
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
  PcpuId roomiest = kNoPcpu;   // of these
  Share room = 0;              // there, with all others who came before it seated
  Share all_asked = 0, all_offered = 0;  // by everyone, by all online pCPUs
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

  /// Of pCPUs of these capacities, all online; vCPUs without a reservation have no seat.
  Seats(const IdVector<PcpuId, std::uint32_t>& capacities, std::span<const VcpuTraits> vcpus);

  /// Before anything else: seats for all.
  std::optional<NoSeat> pack() { return reseat({}); }
  bool has(VcpuId vcpu) const { return vcpus_[vcpu].share > 0; }
  PcpuId seat(VcpuId vcpu) const { return vcpus_[vcpu].seat; }

  /// Is there room for it?
  bool fits(VcpuId vcpu, PcpuId to, const SeatNeed& need, Time now) const;
  /// Its seat is there from now on, if there is room.
  bool take(VcpuId vcpu, PcpuId to, const SeatNeed& need, Time now);
  /// Where it may go, its seat included.
  PcpuSet where(VcpuId vcpu, const SeatNeed& need, Time now) const;
  /// It is over; its seat stays taken until then.
  void finish(VcpuId vcpu, Time until);
  /// Since when there has been as much room there as now, at least.
  Time roomy_since(PcpuId pcpu) const { return pcpus_[pcpu].roomy_since; }

  /// A refusal changes nothing. `moved`, if not null, gets those whose seat is another one now.
  std::optional<NoSeat> set_allowed(VcpuId vcpu, PcpuSet allowed, Time now, std::vector<VcpuId>* moved = nullptr);
  std::optional<NoSeat> set_online(PcpuId pcpu, bool online, Time now, std::vector<VcpuId>* moved = nullptr);

  void check_invariants() const;

 private:
  struct Sitter {  // a vCPU
    Share share = 0;  // 0: no reservation, or over
    PcpuId seat = kNoPcpu;
    PcpuSet allowed;
  };
  struct Taken {  // beyond the shares of those seated
    Share share = 0;
    Time until{};
  };
  struct Bench {  // a pCPU
    Share most = 0;
    Share shares = 0;  // of those seated
    bool online = true;
    std::vector<Taken> taken;
    Time roomy_since{};
  };
  enum class Fit { MostRoom, LeastRoom };

  Share room(const Bench& bench, Time now) const;
  void free(PcpuId pcpu, Share share, Time until);
  void get_up(Sitter& sitter);
  bool can_stay(const Sitter& sitter) const;
  PcpuId choose(const Sitter& sitter, Fit fit) const;
  std::optional<NoSeat> seat_all(std::span<const VcpuId> order, Fit fit);
  std::optional<NoSeat> reseat(Time now);
  std::optional<NoSeat> adopt(Seats next, Time now, std::vector<VcpuId>* moved);
  NoSeat refusal(VcpuId vcpu) const;
  std::vector<VcpuId> without_seat() const;

  IdVector<VcpuId, Sitter> vcpus_;
  IdVector<PcpuId, Bench> pcpus_;
};

}  // namespace roost
