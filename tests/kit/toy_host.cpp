#include "tests/kit/toy_host.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sched/balance/exchange.hpp"
#include "tests/kit/who_runs.hpp"

namespace roost::kit {

ToyHost::ToyHost(Policy policy, const Topology& topology, const std::vector<VcpuTraits>& vcpus, Lives lives)
    : policy_(std::move(policy)),
      lives_(std::move(lives)),
      table_(*policy_.discipline, vcpus.size()),
      vcpus_(vcpus.size()),
      pcpus_(topology.pcpu_count()) {
  for (std::size_t p = 0; p < topology.pcpu_count(); ++p)
    runqueues_.emplace_back(table_, id_at<RunqueueId>(p), topology.place(id_at<PcpuId>(p)).capacity);
  for (std::size_t v = 0; v < vcpus.size(); ++v) {
    const auto vcpu = id_at<VcpuId>(v);
    vcpus_[vcpu].traits = vcpus[v];
    table_.admit(vcpu, vcpus[v]);
    join(kNoPcpu, vcpu, EnqueueWhy::Fork, PlacementKind::Fork);
  }
}

void ToyHost::run_until(Time end) {
  while (next_event() < end) {
    now_ = std::max(now_, next_event());
    step();
  }
  now_ = end;
  for (std::size_t p = 0; p < pcpus_.size(); ++p) charge(id_at<PcpuId>(p));
}

Time ToyHost::next_event() const {
  Time next = kNever;
  for (const Vcpu& vcpu : vcpus_) next = std::min(next, vcpu.wakes_at);
  for (std::size_t p = 0; p < pcpus_.size(); ++p) {
    const auto pcpu = id_at<PcpuId>(p);
    const VcpuId running = who_runs(runqueues_[rq(pcpu)]);
    if (pcpus_[pcpu].look) return now_;
    next = std::min(next, pcpus_[pcpu].until);  // of who runs, or of those who may not yet
    if (running == kNoVcpu) continue;
    next = std::min({next, policy_.balancer->next_due(pcpu, now_)});
    if (vcpus_[running].life.run != Duration::max())
      next = std::min(next, pcpus_[pcpu].charged_at + vcpus_[running].left);
  }
  return next;
}

void ToyHost::step() {
  for (std::size_t v = 0; v < vcpus_.size(); ++v)
    if (vcpus_[id_at<VcpuId>(v)].wakes_at <= now_)
      join(vcpus_[id_at<VcpuId>(v)].last, id_at<VcpuId>(v), EnqueueWhy::Wake, PlacementKind::Wake);
  for (std::size_t p = 0; p < pcpus_.size(); ++p) {
    const auto pcpu = id_at<PcpuId>(p);
    Pcpu& record = pcpus_[pcpu];
    charge(pcpu);
    const VcpuId running = who_runs(runqueues_[rq(pcpu)]);
    const bool blocks = running != kNoVcpu && vcpus_[running].life.run != Duration::max() &&
                        vcpus_[running].left <= Duration{0};
    if (record.look || blocks || now_ >= record.until) {
      put(pcpu);
      pick(pcpu);
    }
    if (who_runs(runqueues_[rq(pcpu)]) == kNoVcpu) {
      balance(pcpu, Trigger::NewIdle);
    } else if (now_ >= policy_.balancer->next_due(pcpu, now_)) {
      balance(pcpu, Trigger::Periodic);
    }
  }
}

void ToyHost::join(PcpuId last, VcpuId vcpu, EnqueueWhy why, PlacementKind kind) {
  Vcpu& record = vcpus_[vcpu];
  record.life = lives_(vcpu, now_);
  record.left = record.life.run;
  record.wakes_at = kNever;
  const PcpuId pcpu = policy_.placer
                          ->choose({.vcpu = vcpu,
                                    .kind = kind,
                                    .weight = record.traits.weight,
                                    .last = last,
                                    .allowed = &record.traits.allowed,
                                    .now = now_},
                                   *this)
                          .pcpu;
  charge(pcpu);
  record.last = pcpu;
  Runqueue& queue = runqueues_[rq(pcpu)];
  queue.enqueue(vcpu, why, now_);
  if (who_runs(queue) == kNoVcpu || queue.preempts(vcpu, who_runs(queue), now_)) pcpus_[pcpu].look = true;
}

void ToyHost::charge(PcpuId pcpu) {
  Pcpu& record = pcpus_[pcpu];
  const VcpuId running = who_runs(runqueues_[rq(pcpu)]);
  if (running != kNoVcpu) {
    const Duration ran = now_ - record.charged_at;
    runqueues_[rq(pcpu)].charge(running, ran, now_);
    vcpus_[running].ran += ran;
    if (vcpus_[running].life.run != Duration::max()) vcpus_[running].left -= ran;
  }
  record.charged_at = now_;
}

void ToyHost::put(PcpuId pcpu) {
  Runqueue& queue = runqueues_[rq(pcpu)];
  const VcpuId running = who_runs(queue);
  if (running == kNoVcpu) return;
  Vcpu& record = vcpus_[running];
  if (record.life.run != Duration::max() && record.left <= Duration{0}) {
    queue.leave(running, LeaveWhy::Blocked, now_);
    record.wakes_at = now_ + std::max(record.life.sleep, Duration{1});
  } else {
    queue.enqueue(running, now_ >= pcpus_[pcpu].until ? EnqueueWhy::SliceEnd : EnqueueWhy::Preempted, now_);
  }
}

void ToyHost::pick(PcpuId pcpu) {
  Pcpu& record = pcpus_[pcpu];
  record.look = false;
  record.until = kNever;
  if (const auto pick = runqueues_[rq(pcpu)].pick(now_)) {
    record.until = pick->until;
    if (pick->vcpu != kNoVcpu) vcpus_[pick->vcpu].last = pcpu;
  }
}

void ToyHost::balance(PcpuId pcpu, Trigger trigger) {
  const auto plan = policy_.balancer->plan(pcpu, trigger, *this, now_).plan;
  if (!plan) return;
  charge(plan->from);
  charge(plan->to);
  PlanOutcome outcome = policy_.balancer->still_holds(*plan, load(rq(plan->from)), load(rq(plan->to)));
  const std::uint32_t moved = outcome == PlanOutcome::Done ? carry_out(*plan) : 0;
  if (outcome == PlanOutcome::Done && moved == 0) outcome = PlanOutcome::StaleAffinity;
  moved_ += moved;
  policy_.balancer->outcome(pcpu, *plan, outcome, moved, now_);
}

/// It leaves at once: a toy's vCPU can be stopped at any time.
std::uint32_t ToyHost::move_running(const Plan& plan) {
  const VcpuId running = who_runs(runqueues_[rq(plan.from)]);
  if (!vcpus_[running].traits.allowed.contains(plan.to)) return 0;
  put(plan.from);
  pcpus_[plan.from].look = true;
  if (vcpus_[running].wakes_at != kNever) return 0;  // it has blocked
  runqueues_[rq(plan.from)].leave(running, LeaveWhy::Migrating, now_);
  runqueues_[rq(plan.to)].enqueue(running, EnqueueWhy::Migrated, now_);
  vcpus_[running].last = plan.to;
  pcpus_[plan.to].look = true;
  return 1;
}

void ToyHost::move_waiting(VcpuId vcpu, PcpuId from, PcpuId to) {
  runqueues_[rq(from)].leave(vcpu, LeaveWhy::Migrating, now_);
  runqueues_[rq(to)].enqueue(vcpu, EnqueueWhy::Migrated, now_);
  vcpus_[vcpu].last = to;
  if (who_runs(runqueues_[rq(to)]) == kNoVcpu) pcpus_[to].look = true;
}

std::uint32_t ToyHost::exchange(const Plan& plan) {
  const auto offers = [&](PcpuId from, PcpuId to) {
    std::array<VcpuId, kMostOffers> victims;
    std::vector<Offer> out;
    const std::size_t found = runqueues_[rq(from)].victims(victims);
    for (std::size_t i = 0; i < found; ++i)
      if (const VcpuTraits& traits = vcpus_[victims[i]].traits; traits.allowed.contains(to))
        out.push_back({victims[i], static_cast<std::uint64_t>(value(traits.weight))});
    return out;
  };
  const Exchange pair = best_exchange(offers(plan.from, plan.to), offers(plan.to, plan.from), plan.weight_limit);
  if (pair.goes == kNoVcpu) return 0;
  move_waiting(pair.goes, plan.from, plan.to);
  move_waiting(pair.comes, plan.to, plan.from);
  return 2;
}

std::uint32_t ToyHost::carry_out(const Plan& plan) {
  if (plan.how == MoveHow::Active) return move_running(plan);
  if (plan.how == MoveHow::Swap) return exchange(plan);
  std::array<VcpuId, 32> victims;
  const std::size_t found = runqueues_[rq(plan.from)].victims(victims);
  std::uint32_t moved = 0;
  std::uint64_t weight = 0;
  for (std::size_t i = 0; i < found && moved < plan.how_many; ++i) {
    const Vcpu& victim = vcpus_[victims[i]];
    const std::uint64_t heavier = weight + static_cast<std::uint64_t>(value(victim.traits.weight));
    if (!victim.traits.allowed.contains(plan.to) || heavier > plan.weight_limit) continue;
    weight = heavier;
    move_waiting(victims[i], plan.from, plan.to);
    ++moved;
  }
  return moved;
}

void ToyHost::check_invariants() const {
  for (const Runqueue& queue : runqueues_) queue.check_invariants();
}

}  // namespace roost::kit
