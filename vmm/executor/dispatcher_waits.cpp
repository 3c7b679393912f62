// How long vCPUs wait on a runqueue, beside what their discipline promises.

#include "vmm/executor/dispatcher.hpp"

namespace roost {

/// Those who have finished count too: they may have run before one that still waits.
IdVector<RunqueueId, Crowd> Dispatcher::crowds() const {
  const PcpuSet all = topology_.all();
  Crowd everywhere;
  IdVector<RunqueueId, Crowd> crowds(runqueues_.size());
  const auto add_where_allowed = [&](const VcpuTraits& traits) {
    RunqueueId before = kNoRunqueue;
    for (std::size_t p = 0; p < pcpus_.size(); ++p) {
      const RunqueueId rq = runqueue_of(id_at<PcpuId>(p));
      if (rq == before || !traits.allowed.contains(id_at<PcpuId>(p))) continue;
      crowds[rq].add(traits.weight);
      before = rq;
    }
  };
  for (const VcpuRecord& record : vcpus_)
    record.traits.allowed == all ? everywhere.add(record.traits.weight) : add_where_allowed(record.traits);
  for (Crowd& crowd : crowds) crowd.add(everywhere);
  return crowds;
}

/// Of a run that changed nothing on its way: a bound holds for the weights and the policy that it was stated for.
void Dispatcher::fill_waits(RunReport& report) const {
  Crowd crowd;
  for (const VcpuRecord& record : vcpus_) crowd.add(record.traits.weight);
  const bool same_all_along = last_change_ == Time{} && policies_.all().size() == 1;
  for (std::size_t i = 0; i < vcpus_.size(); ++i) {
    const auto vcpu = id_at<VcpuId>(i);
    const RunqueueRecord& place = table_[vcpu];
    VcpuReport& out = report.vcpus[vcpu];
    out.longest_wait = place.longest_wait;
    if (place.place == RunqueuePlace::Waiting)
      out.longest_wait = std::max(out.longest_wait, started_ + report.wall - place.waits_since);
    crowd.own = out.weight;
    if (same_all_along && !shares()) out.wait_bound = policies_.in_force().policy.discipline->waits_at_most(crowd);
  }
}

}  // namespace roost
