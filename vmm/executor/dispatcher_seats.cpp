// Seats: a vCPU with a reservation waits and runs where it is counted, or takes its seat along (sched/gate/seats).
//
// Whoever owns the record asks for a seat before the vCPU goes anywhere. A change of affinities or pCPUs may move seats
// of others, under the seats' lock; they are announced (dispatcher_changes.cpp), and go there when they are served.

#include "vmm/executor/dispatcher.hpp"

namespace roost {

/// Where `request.vcpu`, which placement would send to `wanted`, may go, the nearest to that; its seat is there now.
PcpuId Dispatcher::seated(const PlacementRequest& request, PcpuId wanted) {
  const VcpuId vcpu = request.vcpu;
  if (seats_ == nullptr || !seats_->has(vcpu) || seats_->take(vcpu, wanted, request.now)) return wanted;
  const PcpuSet roomy = with_room(vcpu, request.now);
  if (!roomy.empty()) {
    PlacementRequest again = request;
    again.allowed = &roomy;
    const PcpuId chosen = placer_of(again.vcpu).choose(again, loads_).pcpu;
    if (chosen != kNoPcpu && seats_->take(vcpu, chosen, request.now)) return chosen;
  }
  return seats_->seat(vcpu);
}

/// Where it may run, as far as there is room for it.
PcpuSet Dispatcher::with_room(VcpuId vcpu, Time now) const {
  const PcpuSet& allowed = vcpus_[vcpu].traits.allowed;
  return seats_ == nullptr || !seats_->has(vcpu) ? allowed : seats_->where(vcpu, now) & allowed;
}

bool Dispatcher::takes_seat(VcpuId vcpu, PcpuId to, Time now) {
  return seats_ == nullptr || !seats_->has(vcpu) || seats_->take(vcpu, to, now);
}

bool Dispatcher::is_seated(VcpuId vcpu, PcpuId at) const {
  return seats_ == nullptr || !seats_->has(vcpu) || seats_->sits_at(vcpu, at);
}

bool Dispatcher::might_have_gone(VcpuId vcpu, PcpuId to, Duration span, Time now) const {
  return seats_ == nullptr || !seats_->has(vcpu) || seats_->had_room(vcpu, to, span, now);
}

void Dispatcher::check_seats() const {
  if (seats_ == nullptr) return;
  seats_->check_invariants();
  for (std::size_t i = 0; i < vcpus_.size(); ++i) {
    const VcpuRecord& record = vcpus_[id_at<VcpuId>(i)];
    const VcpuState state = record.state.load(std::memory_order_acquire);
    if (state != VcpuState::Queued && state != VcpuState::Running) continue;
    check(record.changed.load() || is_seated(id_at<VcpuId>(i), record.where.load()),
          "a vCPU with a reservation is where its seat is, or is about to be told to go there");
  }
}

}  // namespace roost
