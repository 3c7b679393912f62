// The room: who may go where without a promise being broken: seats, for several threads.
// Not here: the rules (sched/gate/seats), moving vCPUs (dispatcher).
// Invariants: seats are used under their lock, which is the last that anybody takes; a vCPU's server is read by the
//   owner of its record.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "sched/gate/seats.hpp"
#include "vmm/host/spinlock.hpp"

namespace roost {

class SeatGate {
 public:
  /// `seats` are not packed yet, and can be: admission has found that out.
  SeatGate(Seats seats, std::shared_ptr<const CbsServers> servers)
      : servers_(std::move(servers)), seats_(std::move(seats)) {
    check(!seats_.pack(), "who was admitted has a seat");
  }

  // ---- any thread ----
  bool has(VcpuId vcpu) const { return (*servers_)[vcpu].reserved(); }
  PcpuId seat(VcpuId vcpu) const {
    const std::lock_guard hold(lock_);
    return seats_.seat(vcpu);
  }
  bool sits_at(VcpuId vcpu, PcpuId pcpu) const {
    const std::lock_guard hold(lock_);
    return seats_.sits_at(vcpu, pcpu);
  }

  // ---- the owner of the vCPU's record ----
  /// May it go there? If so, its seat is there from now on.
  bool take(VcpuId vcpu, PcpuId to, Time now) {
    const SeatNeed need = seat_need((*servers_)[vcpu], now);
    const std::lock_guard hold(lock_);
    return seats_.take(vcpu, to, need, now);
  }
  bool fits(VcpuId vcpu, PcpuId to, Time now) const {
    const SeatNeed need = seat_need((*servers_)[vcpu], now);
    const std::lock_guard hold(lock_);
    return seats_.fits(vcpu, to, need, now);
  }
  PcpuSet where(VcpuId vcpu, Time now) const {
    const SeatNeed need = seat_need((*servers_)[vcpu], now);
    const std::lock_guard hold(lock_);
    return seats_.where(vcpu, need, now);
  }
  /// It will never run again.
  void finish(VcpuId vcpu) {
    const std::lock_guard hold(lock_);
    seats_.finish(vcpu, (*servers_)[vcpu].deadline());
  }

  // ---- one who changes something ----
  std::optional<NoSeat> set_allowed(VcpuId vcpu, PcpuSet allowed, Time now, std::vector<VcpuId>& moved) {
    const std::lock_guard hold(lock_);
    return seats_.set_allowed(vcpu, std::move(allowed), now, &moved);
  }
  std::optional<NoSeat> set_online(PcpuId pcpu, bool online, Time now, std::vector<VcpuId>& moved) {
    const std::lock_guard hold(lock_);
    return seats_.set_online(pcpu, online, now, &moved);
  }

  // ---- while nobody is in the dispatcher ----
  /// Might `vcpu` have gone there at any time in the last `span`?
  bool had_room(VcpuId vcpu, PcpuId to, Duration span, Time now) const {
    return seats_.fits(vcpu, to, seat_need((*servers_)[vcpu], now), now) && now - seats_.roomy_since(to) > span;
  }
  void check_invariants() const { seats_.check_invariants(); }

 private:
  const std::shared_ptr<const CbsServers> servers_;
  mutable host::Spinlock lock_;
  Seats seats_;
};

}  // namespace roost
