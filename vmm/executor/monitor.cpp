#include "vmm/executor/monitor.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sched/discipline/contract.hpp"

namespace roost {

namespace {

double milliseconds(Time at) { return static_cast<double>(nanoseconds(at)) / 1e6; }
double milliseconds(Duration span) { return static_cast<double>(nanoseconds(span)) / 1e6; }

[[noreturn]] void breach(const std::string& rule, const std::string& story) {
  throw CheckFailure(fmt::format("broken invariant: {}\n{}", rule, story));
}

std::string name_of(VcpuId vcpu) { return vcpu == kNoVcpu ? "nobody" : fmt::format("vCPU {}", index(vcpu)); }
std::string name_of(PcpuId pcpu) { return pcpu == kNoPcpu ? "no pCPU" : fmt::format("pCPU {}", index(pcpu)); }

std::string describe(const Event& event) {
  switch (event.kind) {
    case EventKind::Switch: return fmt::format("{} runs {}", name_of(event.pcpu), name_of(event.vcpu));
    case EventKind::Wakeup:
      return fmt::format("{} is woken by {} and queued on {}", name_of(event.vcpu), name_of(event.other),
                         name_of(event.pcpu));
    case EventKind::Migrate:
      return fmt::format("{} goes from {} to {}", name_of(event.vcpu), name_of(event.pcpu), name_of(event.other));
    case EventKind::Kick: return fmt::format("{} kicks {}", name_of(event.pcpu), name_of(event.other));
    case EventKind::QueueLen: return fmt::format("{} wait on {}", event.length, name_of(event.pcpu));
    case EventKind::Policy: return fmt::format("policy {} is in force, the first being 0", event.length);
  }
  check_failed("every kind of event is described", __builtin_FILE(), __builtin_LINE());
}

}  // namespace

void Monitor::look(const Dispatcher& dispatcher, const KickUnderWay& kick_under_way, Time now) {
  window_ = Duration::max();
  dispatcher.policies().for_each_in_force([&](const Policy& policy) {
    if (!dispatcher.pools().members(policy.pool).empty())
      window_ = std::min(window_, std::max(policy.balancer->window(), kLeastWindow));
  });
  shortest_ = dispatcher.runqueue_map().shares() ? std::min(window_, kSharedWindow) : window_;
  look_at_pcpus(dispatcher, kick_under_way, now);
  look_at_vcpus(dispatcher, now);
  look_at_counts(dispatcher);
  look_for_starving(dispatcher, now);
  if (idles_long_) look_at_runqueues(dispatcher, now);
  due_ = now + (window_ == Duration::max() ? kPeriod : std::min(kPeriod, window_ / 4));
}

void Monitor::look_at_counts(const Dispatcher& dispatcher) {
  for (const Runqueue& runqueue : dispatcher.runqueues()) runqueue.check_count();
}

void Monitor::look_at_pcpus(const Dispatcher& dispatcher, const KickUnderWay& kick_under_way, Time now) {
  if (idle_.empty()) {
    idle_ = IdVector<PcpuId, Idle>(dispatcher.pcpus().size());
    const auto& places = dispatcher.topology().places();
    for (const PcpuPlace& place : places) speeds_differ_ |= place.capacity != places[PcpuId{0}].capacity;
  }
  running_ = 0;
  idles_long_ = false;
  for (std::size_t i = 0; i < idle_.size(); ++i) {
    const auto id = id_at<PcpuId>(i);
    const PcpuRecord& pcpu = dispatcher.pcpus()[id];
    Idle& idle = idle_[id];
    if (pcpu.current != kNoVcpu) {
      ++running_;
      idle = {};
      const VcpuRecord& record = dispatcher.vcpus()[pcpu.current];
      if (record.state.load() != VcpuState::Running || record.where.load() != id)
        breach("a vCPU runs on one pCPU, and is marked so",
               fmt::format("{} runs {}, whose record says state {} on {}", name_of(id), name_of(pcpu.current),
                           static_cast<int>(record.state.load()), name_of(record.where.load())));
      continue;
    }
    if (!dispatcher.loads().online(id)) {  // it does not wait for anything
      idle = {};
      continue;
    }
    if (idle.since == kNever || idle.switches != pcpu.switches) idle = {pcpu.switches, now};
    idles_long_ = idles_long_ || idles_long(id, shortest_, now);
    if (pcpu.kicked.load() && !kick_under_way(id))
      breach("no kick is outstanding at rest",
             fmt::format("{} idles, its kick is marked as sent, and none is on its way: later kicks are suppressed",
                         name_of(id)));
    if (pcpu.called && !kick_under_way(id))
      breach("a pCPU that is called for a vCPU of its runqueue is kicked",
             fmt::format("{} idles, has been called, and no kick is on its way: nobody else will be", name_of(id)));
  }
}

void Monitor::look_at_vcpus(const Dispatcher& dispatcher, Time now) const {
  std::size_t running = 0;
  for (std::size_t i = 0; i < dispatcher.vcpus().size(); ++i) {
    const auto id = id_at<VcpuId>(i);
    const VcpuRecord& record = dispatcher.vcpus()[id];
    switch (record.state.load()) {
      case VcpuState::Running: ++running; break;
      case VcpuState::Queued:
        if (idles_long_)
          if (const Duration waits = now - judged_since(dispatcher, id, now); waits > shortest_)
            look_for_idle(dispatcher, id, waits, now);
        break;
      case VcpuState::Blocked:
        if (record.pending.load())
          breach("no wakeup is lost", fmt::format("{} has been blocked since {:.6f} ms with a wakeup pending",
                                                  name_of(id), milliseconds(record.account.since())));
        break;
      case VcpuState::Waking:
        breach("nobody is left halfway through a wakeup", fmt::format("{} is", name_of(id)));
      case VcpuState::CoStopped:
        if (dispatcher.is_forgotten(id, now - kLeastWindow))
          breach("who is co-stopped is looked at again in time",
                 fmt::format("{} has been co-stopped since {:.6f} ms, and should have been asked for more than {:.3f} "
                             "ms ago", name_of(id), milliseconds(record.account.since()), milliseconds(kLeastWindow)));
        break;
      case VcpuState::Throttled:
      case VcpuState::InLine:
      case VcpuState::New:
      case VcpuState::Finished: break;
    }
  }
  if (running != running_)
    breach("a vCPU that runs has a pCPU, and one only",
           fmt::format("{} vCPUs are marked as running, {} pCPUs run one", running, running_));
}

/// Who comes from a faster pCPU, where it waited by right beside an idle slower one, is judged from then on.
Time Monitor::judged_since(const Dispatcher& dispatcher, VcpuId waiting, Time now) const {
  const Time since = speeds_differ_ ? dispatcher.place_of(waiting).waits_since
                                    : dispatcher.vcpus()[waiting].account.since();
  return std::max({since, dispatcher.last_change(), dispatcher.eligible_at(waiting, now)});
}

/// The wait on one runqueue: whoever a balancer takes along again and again starves by its doing.
void Monitor::look_for_starving(const Dispatcher& dispatcher, Time now) {
  if (!dispatcher.states_bounds()) return;
  IdVector<RunqueueId, Crowd> crowds;
  for (std::size_t i = 0; i < dispatcher.vcpus().size(); ++i) {
    const auto id = id_at<VcpuId>(i);
    const RunqueueRecord& record = dispatcher.place_of(id);
    if (record.place != RunqueuePlace::Waiting) continue;
    const Runqueue& runqueue = dispatcher.runqueues()[record.runqueue];
    if (runqueue.running().empty()) continue;  // nobody is preferred: look_for_idle() asks why nobody runs
    const Duration waited = now - std::max(record.waits_since, dispatcher.last_promise());
    if (crowds.empty()) crowds = dispatcher.crowds();
    const Crowd crowd = dispatcher.as_seen_by(id, record.runqueue, crowds[record.runqueue]);
    const Discipline& discipline = runqueue.discipline();
    const Duration bound = discipline.waits_at_most(crowd);
    if (waited <= tolerated(bound)) continue;
    break_contract(discipline, ContractRule::RunsInTime,
                   fmt::format("{} has waited on {} since {:.6f} ms, for {:.3f} ms; of {} who may be there nobody is "
                               "to wait for more than {:.3f} ms, {:.3f} ms with what switches cost and slices overrun",
                               called(id), called(record.runqueue), milliseconds(record.waits_since),
                               milliseconds(waited), crowd.vcpus, milliseconds(bound), milliseconds(tolerated(bound))));
  }
}

void Monitor::look_for_idle(const Dispatcher& dispatcher, VcpuId waiting, Duration waits, Time now) const {
  const VcpuRecord& record = dispatcher.vcpus()[waiting];
  const PcpuId where = record.where.load();
  for (std::size_t i = 0; i < idle_.size(); ++i) {
    const auto id = id_at<PcpuId>(i);
    const Duration window = window_between(dispatcher, where, id);
    if (waits <= window || !idles_long(id, window, now) || !record.traits.allowed.contains(id)) continue;
    if (is_slower(dispatcher, id, where)) continue;
    if (!dispatcher.might_have_gone(waiting, id, window, now)) continue;
    const PcpuRecord& source = dispatcher.pcpus()[where];
    std::uint64_t done = 0, stale = 0;
    for (const DomainCounts& domain : source.balances) {
      done += domain.plans[0];
      for (std::size_t k = 1; k < domain.plans.size(); ++k) stale += domain.plans[k];
    }
    breach("no vCPU waits beyond the policy's window while a pCPU that it may use idles",
           fmt::format("{} has waited on {} since {:.6f} ms, for {:.3f} ms; the window is {:.3f} ms\n"
                       "{} has idled since {:.6f} ms or longer, and the vCPU may run there\n"
                       "why no kick: {} sent it nothing: {} plans carried out, {} stale; a kick of {} is {}outstanding",
                       name_of(waiting), name_of(where), milliseconds(record.account.since()),
                       milliseconds(now - record.account.since()), milliseconds(window), name_of(id),
                       milliseconds(idle_[id].since), name_of(where), done, stale, name_of(id),
                       dispatcher.pcpus()[id].kicked.load() ? "" : "not "));
  }
}

/// Who may be in the runqueue of `lead`, where somebody has waited since `since`, and what may be said of an idle pCPU.
Monitor::Gathering Monitor::gathering_at(const Dispatcher& dispatcher, PcpuId lead, Time since, Time now) {
  const RunqueueMap& map = dispatcher.runqueue_map();
  Gathering all{.may_use = dispatcher.topology().all()};
  for (std::size_t i = 0; i < dispatcher.vcpus().size(); ++i) {
    const auto id = id_at<VcpuId>(i);
    const PcpuSet& allowed = dispatcher.vcpus()[id].traits.allowed;
    bool may_be_here = false;
    map.for_each_member(lead, [&](PcpuId pcpu) { may_be_here = may_be_here || allowed.contains(pcpu); });
    if (!may_be_here) continue;
    if (!(allowed == all.may_use)) all.may_use = all.may_use & allowed;
    all.held_back = all.held_back || dispatcher.eligible_at(id, now) > since;
  }
  return all;
}

/// Balancers promise nothing of a slower pCPU, for a vCPU there may outweigh both here; nor, where several share
/// runqueues, of those that are slower on average.
bool Monitor::is_slower(const Dispatcher& dispatcher, PcpuId idle, PcpuId from) {
  const RunqueueMap& map = dispatcher.runqueue_map();
  if (map.of(idle) == map.of(from)) return false;
  struct Speed {
    std::uint64_t sum = 0, fastest = 0, pcpus = 0;
  };
  const auto speed_of = [&](PcpuId member) {
    Speed speed;
    map.for_each_member(member, [&](PcpuId pcpu) {
      if (!dispatcher.loads().online(pcpu)) return;
      const std::uint64_t capacity = dispatcher.topology().place(pcpu).capacity;
      speed = {speed.sum + capacity, std::max(speed.fastest, capacity), speed.pcpus + 1};
    });
    return speed;
  };
  const Speed there = speed_of(idle), here = speed_of(from);
  return there.sum * here.pcpus < here.sum * there.pcpus || dispatcher.topology().place(idle).capacity < here.fastest;
}

/// Those who take turns at running on one pCPU wait for a slice each, however long one of them always waits. A slower
/// pCPU is not judged; nor is one that somebody who may be in that runqueue may not use, or a runqueue where a
/// discipline has held somebody back, for then it may have been that one who waited.
void Monitor::look_at_runqueues(const Dispatcher& dispatcher, Time now) const {
  const RunqueueMap& map = dispatcher.runqueue_map();
  for (std::size_t i = 0; i < map.size(); ++i) {
    const PcpuId crowded = map.lead(id_at<RunqueueId>(i));
    const Time since = dispatcher.pcpus()[crowded].waits_since;
    if (since == kNever || now - std::max(since, dispatcher.last_change()) <= shortest_) continue;
    const Gathering all = gathering_at(dispatcher, crowded, since, now);
    if (all.held_back) continue;
    for (std::size_t k = 0; k < idle_.size(); ++k) {
      const auto idle = id_at<PcpuId>(k);
      const Duration window = window_between(dispatcher, crowded, idle);
      if (now - std::max(since, dispatcher.last_change()) <= window || !idles_long(idle, window, now)) continue;
      if (!all.may_use.contains(idle) || is_slower(dispatcher, idle, crowded)) continue;
      breach("no pCPU idles beyond the policy's window while somebody always waits, whoever it is, who may run there",
             fmt::format("on {} somebody has waited since {:.6f} ms, for {:.3f} ms, and no plan took anyone away; the "
                         "window is {:.3f} ms\n{} has idled since {:.6f} ms or longer, and all who may wait on {} may "
                         "run there",
                         name_of(crowded), milliseconds(since), milliseconds(now - since), milliseconds(window),
                         name_of(idle), milliseconds(idle_[idle].since), name_of(crowded)));
    }
  }
}

std::string Monitor::last_events() const {
  std::string text;
  const std::uint64_t kept = std::min<std::uint64_t>(noted_, kLastEvents);
  for (std::uint64_t i = noted_ - kept; i < noted_; ++i) {
    const Event& event = last_[i % kLastEvents];
    text += fmt::format("  {:14.6f} ms  {}\n", milliseconds(event.at), describe(event));
  }
  return text;
}

void Monitor::tell_story(const CheckFailure& breach) const {
  const std::string story = fmt::format("{}\nthe last {} events:\n{}", breach.what(),
                                        std::min<std::uint64_t>(noted_, kLastEvents), last_events());
  if (const auto* of_discipline = dynamic_cast<const ContractBreach*>(&breach))
    throw ContractBreach(of_discipline->rule(), story);
  throw CheckFailure(story);
}

}  // namespace roost
