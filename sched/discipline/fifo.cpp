#include "sched/discipline/fifo.hpp"

namespace roost {

constexpr DisciplineEntry kFifoEntry{
    {"fifo", "first come, first served, each until it blocks; no slices, no weights",
     "Silberschatz, Galvin, Gagne: Operating System Concepts; POSIX SCHED_FIFO", {}},
    [](const DisciplineScope& scope, const ConstantValues&) -> std::unique_ptr<Discipline> {
      return std::make_unique<Fifo>(scope.max_vcpus, scope.runqueues);
    }};

void Fifo::enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time) {
  VcpuList& list = queues_[rq].list;
  if (why == EnqueueWhy::Preempted || why == EnqueueWhy::SliceEnd) return list.push_front(vcpu, links_of());
  list.push_back(vcpu, links_of());
}

void Fifo::leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time) {
  if (why == LeaveWhy::Migrating) queues_[rq].list.remove(vcpu, links_of());
}

std::optional<Pick> Fifo::pick(RunqueueId rq, const PickRequest& request) {
  VcpuList& list = queues_[rq].list;
  const VcpuId next = list.first_where([&](VcpuId vcpu) { return request.allows(vcpu); }, links_of());
  if (next == kNoVcpu) return std::nullopt;
  list.remove(next, links_of());
  return Pick{next, kNever};
}

std::size_t Fifo::victims(RunqueueId rq, std::span<VcpuId> out) const {
  std::size_t found = 0;
  for (VcpuId v = queues_[rq].list.tail(); v != kNoVcpu && found < out.size(); v = turns_[v].links.before)
    out[found++] = v;
  return found;
}

void Fifo::check_invariants(RunqueueId rq) const { queues_[rq].list.check_invariants(links_of()); }

}  // namespace roost
