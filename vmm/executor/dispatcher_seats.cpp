// Seats: a vCPU with a reservation waits and runs where it is counted, or takes its seat along (sched/gate/seats).
//
// Whoever owns the record asks for a seat before the vCPU goes anywhere. A change of affinities or pCPUs may move seats
// of others, under the seats' lock; they are announced (dispatcher_changes.cpp), and go there when they are served.
// Nothing here asks for memory, but for seated() where there is no room at the place that was chosen: placement wants a
// set to choose from.

#include "sched/balance/plan_push.hpp"
#include "sched/topology/nearest.hpp"
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

/// Is that one of these? Without a set of them.
bool Dispatcher::has_room(VcpuId vcpu, PcpuId at, Time now) const {
  if (!vcpus_[vcpu].traits.allowed.contains(at)) return false;
  return seats_ == nullptr || !seats_->has(vcpu) || seats_->fits(vcpu, at, now);
}

/// The nearest idle pCPU to `from` with room for it, of some of each ring: one that is as fast, else any.
PcpuId Dispatcher::nearest_idle_for(VcpuId vcpu, PcpuId from, Time now) const {
  const LoadView& view = world_.view(loads_);
  const PcpuSet& allowed = vcpus_[vcpu].traits.allowed;
  if (seats_ == nullptr || !seats_->has(vcpu)) return nearest_idle(from, topology_, view, &allowed).pcpu;
  const auto idle = [&](std::size_t w) { return view.idle(w) & ~view.sharing(from, w) & allowed.word(w); };
  const LoadSnapshot mine = view.load(from);
  PcpuId fast = kNoPcpu, any = kNoPcpu;
  for (const Topology::Ring& ring : topology_.around(from)) {
    visit_some(ring, from, kMostReceivers, idle, [&](PcpuId pcpu) {
      if (fast != kNoPcpu || !seats_->fits(vcpu, pcpu, now)) return;
      if (any == kNoPcpu) any = pcpu;
      if (as_fast(view.load(pcpu), mine)) fast = pcpu;
    });
    if (fast != kNoPcpu) break;
  }
  return fast != kNoPcpu ? fast : any;
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
