// What a run came to, and the checks that it adds up.

#include <algorithm>

#include "vmm/executor/dispatcher.hpp"

namespace roost {

namespace {

void fill_policies(const PolicyHistory& policies, Time started, RunReport& report) {
  const std::deque<PolicyHistory::Entry>& all = policies.all();
  report.policy = all.front().policy.name;
  for (std::size_t i = 1; i < policies.pools(); ++i) {
    const Policy& of = all[i].policy;
    report.pools.push_back({.name = of.pool_name, .pcpus = of.pcpus, .policy = of.name, .granularity = of.granularity});
  }
  for (std::size_t i = policies.pools(); i < all.size(); ++i) {
    const Policy& of = all[i].policy;
    report.policy_changes.push_back({all[i].since - started, of.name, all[index(of.pool)].policy.pool_name});
  }
}

}  // namespace

void Dispatcher::close(Time end) {
  for (std::size_t i = 0; i < pcpus_.size(); ++i) {
    const auto id = id_at<PcpuId>(i);
    PcpuRecord& pcpu = pcpus_[id];
    if (!pcpu.handed) continue;
    const bool begun = pcpu.took_at >= vcpus_[pcpu.current].account.since();  // since: when it was woken
    Pass taken;
    account_start(id, begun ? pcpu.took_at : end, taken);
    if (begun) {
      tell(id, taken);
    } else {  // the pCPU has not seen it: it idles to the end
      const Time last = std::max(end, pcpu.since);
      pcpu.idle += last - pcpu.since;
      pcpu.since = last;
    }
  }
  for (std::size_t i = 0; i < vcpus_.size(); ++i) {
    VcpuRecord& record = vcpus_[id_at<VcpuId>(i)];
    const VcpuState state = record.state.load(std::memory_order_acquire);
    if (state == VcpuState::CoStopped)
      co()->of(id_at<VcpuId>(i)).stopped_for += std::max(end - record.account.since(), Duration{0});
    if (state != VcpuState::Finished && state != VcpuState::New) record.account.account(state, end);
    histories_[id_at<VcpuId>(i)].leave_place(record);
    const VcpuAccount& of = record.account;
    check(of.run() + of.wait() + of.halted() + of.capped() == of.since() - started_,
          "a vCPU's run, wait, halted and capped time add up to its lifetime");
  }
  for (PcpuRecord& pcpu : pcpus_) {
    const Time last = std::max(end, pcpu.since);
    (pcpu.current == kNoVcpu ? pcpu.idle : pcpu.busy) += last - pcpu.since;
    pcpu.since = last;
    check(pcpu.busy + pcpu.idle + pcpu.overhead == last - started_, "a pCPU's busy, idle and overhead time add up");
  }
}

void Dispatcher::check_invariants() const {
  std::size_t running = 0, queued = 0;
  for (std::size_t i = 0; i < vcpus_.size(); ++i) {
    const VcpuRecord& record = vcpus_[id_at<VcpuId>(i)];
    const VcpuState state = record.state.load(std::memory_order_acquire);
    running += state == VcpuState::Running;
    queued += state == VcpuState::Queued;
    check(state != VcpuState::Waking, "nobody is left halfway through a wakeup");
    check(state != VcpuState::Blocked || !record.pending.load(), "no blocked vCPU has a wakeup pending");
    check(state != VcpuState::InLine || !placer_of(id_at<VcpuId>(i)).has_place(id_at<VcpuId>(i)),
          "who has a pCPU stands in no line");
    const bool somewhere = state == VcpuState::Queued || state == VcpuState::Running;
    check(!somewhere || record.changed.load() || record.traits.allowed.contains(record.where.load()),
          "a vCPU is where it may run, or is about to be told to leave");
  }
  check_seats();
  const IdVector<RunqueueId, RunqueueBooks> books = table_.books(runqueues_.size());
  for (std::size_t i = 0; i < runqueues_.size(); ++i) {
    const Runqueue& rq = runqueues_[id_at<RunqueueId>(i)];
    rq.check_invariants(books[id_at<RunqueueId>(i)]);
    queued -= rq.waiting();
  }
  check_sharing();
  for (std::size_t i = 0; i < pcpus_.size(); ++i) {
    const PcpuRecord& pcpu = pcpus_[id_at<PcpuId>(i)];
    const Runqueue& rq = runqueues_[runqueue_of(id_at<PcpuId>(i))];
    check(pcpu.has_news || shares() || rq.discipline_number() == in_force_at(id_at<PcpuId>(i)).number,
          "a runqueue has the discipline of the policy in force, or its pCPU is about to be told");
    check(loads_.online(id_at<PcpuId>(i)) || pcpu.has_news ||
              ((shares() || rq.waiting() == 0) && pcpu.current == kNoVcpu),
          "nobody is on a pCPU that is offline, or it is about to be told");
    check(pcpu.goes == kNoVcpu || (pcpu.has_news && runqueue_of(pcpu.goes_to) != runqueue_of(id_at<PcpuId>(i))),
          "who has been asked to go to another runqueue is about to be told");
    if (pcpu.current == kNoVcpu) continue;
    --running;
    const VcpuRecord& record = vcpus_[pcpu.current];
    check(record.state.load() == VcpuState::Running && record.last_ran == id_at<PcpuId>(i),
          "a pCPU's current vCPU runs, and there");
  }
  check(running == 0 && queued == 0, "every vCPU is in exactly one place");
}

namespace {

void fill_pcpu(const PcpuRecord& pcpu, PcpuReport& out) {
  out.busy = pcpu.busy;
  out.idle = pcpu.idle;
  out.overhead = pcpu.overhead;
  out.switches = pcpu.switches;
  out.kicks_sent = pcpu.kicks.sent.load(std::memory_order_relaxed);
  out.kicks_suppressed = pcpu.kicks.suppressed.load(std::memory_order_relaxed);
  out.timers = pcpu.timers_fired;
  out.helpers = pcpu.helpers;
  out.helped = pcpu.helped;
  out.idle_ticks = pcpu.idle_ticks;
  out.pulls = pcpu.pulls;
  out.pushes = pcpu.pushes;
  out.sent = pcpu.sent;
  out.pauses = pcpu.pauses;
  out.directed = pcpu.directed;
  out.asked = pcpu.asked;
  std::ranges::transform(pcpu.balances, out.balance.begin() + 1, &DomainCounts::told);
}

}  // namespace

void Dispatcher::fill_gates(VcpuId vcpu, VcpuReport& out) const {
  if (parts() != nullptr) out.weight = parts()->whole(vcpu);
  if (caps_ != nullptr) out.throttled = caps_->of(vcpu).throttled;
  if (co() == nullptr) return;
  out.co_stops = co()->of(vcpu).stops;
  out.co_stopped = co()->of(vcpu).stopped_for;
}

void Dispatcher::fill(RunReport& report) const {
  fill_policies(policies_, started_, report);
  report.granularity = loads_.map().granularity();
  report.runqueues = runqueues_.size();
  report.vcpus.resize(vcpus_.size());
  for (std::size_t i = 0; i < vcpus_.size(); ++i) {
    const VcpuRecord& record = vcpus_[id_at<VcpuId>(i)];
    VcpuReport& out = report.vcpus[id_at<VcpuId>(i)];
    out.weight = record.traits.weight;
    out.run = record.account.run();
    out.wait = record.account.wait();
    out.steal = record.steal;
    out.halted = record.account.halted();
    out.capped = record.account.capped();
    fill_gates(id_at<VcpuId>(i), out);
    if (servers_ != nullptr) {
      CbsServer server = (*servers_)[id_at<VcpuId>(i)];
      if (server.reserved()) server.settle(started_ + report.wall);
      out.reservation = server.reservation();
      out.reserved = server.received();
      out.deadline_misses = server.missed();
    }
    out.lifetime = record.account.since() - started_;
    out.retired = record.retired;
    out.wakeups = record.wakeups;
    out.slices = record.slices;
    const VcpuHistory& history = histories_[id_at<VcpuId>(i)];
    out.wake_to_run = history.wake_to_run;
    for (std::size_t far = 1; far < kDistances; ++far)
      std::ranges::copy(history.migrations[far - 1], out.migrations[far].begin());
    for (std::size_t far = 1; far < kDistances && !rare_moves_.empty(); ++far)
      std::ranges::copy(rare_moves_[id_at<VcpuId>(i)][far - 1],
                        out.migrations[far].begin() + static_cast<std::ptrdiff_t>(kFirstRare));
    out.run_on = history.run_on;
  }
  fill_waits(report);
  report.pcpus.resize(pcpus_.size());
  for (std::size_t i = 0; i < pcpus_.size(); ++i)
    fill_pcpu(pcpus_[id_at<PcpuId>(i)], report.pcpus[id_at<PcpuId>(i)]);
  report.elsewhere.kicks_sent = kicks_elsewhere_.sent.load(std::memory_order_relaxed);
  report.elsewhere.kicks_suppressed = kicks_elsewhere_.suppressed.load(std::memory_order_relaxed);
}

}  // namespace roost
