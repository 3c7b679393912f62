// How long vCPUs wait on a runqueue, beside what their discipline promises.

#include <algorithm>

#include "vmm/executor/dispatcher.hpp"

namespace roost {

/// Those who have finished count too: they may have run before one that still waits.
IdVector<RunqueueId, Crowd> Dispatcher::crowds() const {
  const PcpuSet all = topology_.all();
  Crowd everywhere;
  IdVector<RunqueueId, Crowd> crowds(runqueues_.size());
  bool alike = true;
  const auto add_where_allowed = [&](const VcpuTraits& traits) {
    for (std::size_t i = 0; i < crowds.size(); ++i) {
      const auto rq = id_at<RunqueueId>(i);
      const std::size_t may = pcpus_for(traits.allowed, rq);
      if (may == 0) continue;
      crowds[rq].add(traits.weight);
      alike = alike && may == loads_.map().count(rq);
    }
  };
  for (const VcpuRecord& record : vcpus_)
    record.traits.allowed == all ? everywhere.add(record.traits.weight) : add_where_allowed(record.traits);
  for (Crowd& crowd : crowds) {
    crowd.add(everywhere);
    crowd.shared = shares();
    crowd.alike = alike;
  }
  return crowds;
}

std::size_t Dispatcher::pcpus_for(const PcpuSet& allowed, RunqueueId rq) const {
  std::size_t count = 0;
  for_each_member(loads_.map().lead(rq), [&](PcpuId pcpu) { count += allowed.contains(pcpu); });
  return count;
}

Crowd Dispatcher::as_seen_by(VcpuId vcpu, RunqueueId rq, Crowd of) const {
  const VcpuTraits& traits = vcpus_[vcpu].traits;
  of.own = traits.weight;
  if (!shares()) return of;
  of.pcpus = 0;
  for_each_member(loads_.map().lead(rq), [&](PcpuId pcpu) {
    of.pcpus += traits.allowed.contains(pcpu) && loads_.online(pcpu);
  });
  of.pcpus = std::max<std::int64_t>(of.pcpus, 1);  // 0: it is about to be taken elsewhere
  return of;
}

/// On whichever runqueue of a crowd like `all`.
Duration Dispatcher::waits_at_most(VcpuId vcpu, const Crowd& all) const {
  const Discipline& discipline = *policies_.in_force(pool_of(vcpu)).policy.discipline;
  if (!shares()) return discipline.waits_at_most(as_seen_by(vcpu, RunqueueId{0}, all));
  Duration most{0};
  for (std::size_t i = 0; i < runqueues_.size(); ++i)
    if (const auto rq = id_at<RunqueueId>(i); pcpus_for(vcpus_[vcpu].traits.allowed, rq) > 0)
      most = std::max(most, discipline.waits_at_most(as_seen_by(vcpu, rq, all)));
  return most;
}

/// Of a run that changed nothing on its way: a bound holds for the weights and the policy that it was stated for.
void Dispatcher::fill_waits(RunReport& report) const {
  IdVector<PoolId, Crowd> all(pools_.size());
  for (std::size_t i = 0; i < vcpus_.size(); ++i)
    all[pool_of(id_at<VcpuId>(i))].add(vcpus_[id_at<VcpuId>(i)].traits.weight);
  const bool alike = !shares() || crowds()[RunqueueId{0}].alike;
  for (Crowd& crowd : all) {
    crowd.shared = shares();
    if (shares()) crowd.alike = alike;
  }
  const bool same_all_along = states_bounds() && last_promise() == Time{} && policies_.changes() == 0;
  for (std::size_t i = 0; i < vcpus_.size(); ++i) {
    const auto vcpu = id_at<VcpuId>(i);
    const RunqueueRecord& place = table_[vcpu];
    VcpuReport& out = report.vcpus[vcpu];
    out.longest_wait = place.longest_wait;
    if (place.place == RunqueuePlace::Waiting)
      out.longest_wait = std::max(out.longest_wait, started_ + report.wall - place.waits_since);
    if (same_all_along) out.wait_bound = waits_at_most(vcpu, all[pool_of(vcpu)]);
  }
}

}  // namespace roost
