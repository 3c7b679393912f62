#include "vmm/executor/pinned_world.hpp"

#include <thread>

#include "vmm/host/current_pcpu.hpp"
#include "vmm/host/pinning.hpp"

namespace roost {

namespace {

/// Do two pCPUs share a host CPU?
bool shares_cpus(const Topology& topology) {
  std::vector<std::uint32_t> cpus;
  for (std::size_t i = 0; i < topology.pcpu_count(); ++i) cpus.push_back(topology.place(id_at<PcpuId>(i)).host_cpu);
  std::sort(cpus.begin(), cpus.end());
  return std::adjacent_find(cpus.begin(), cpus.end()) != cpus.end();
}

}  // namespace

PinnedWorld::PinnedWorld(LiveConfig config, Policy policy)
    : config_(std::move(config)),
      policy_(std::move(policy)),
      shares_cpus_(shares_cpus(config_.topology)),
      elsewhere_(config_.trace_capacity, config_.trace_scope) {
  for (std::size_t i = 0; i < config_.topology.pcpu_count(); ++i)
    pcpus_.push_back(std::make_unique<Pcpu>(config_));
}

RunEnd PinnedWorld::run(std::vector<TenantVm> vms, std::vector<Tenant> tenants) {
  check(dispatcher_ == nullptr, "a live world runs once");
  vms_ = std::move(vms);
  tenants_ = std::move(tenants);
  std::vector<VcpuTraits> traits;
  for (const Tenant& tenant : tenants_) traits.push_back(tenant.traits);
  dispatcher_ = std::make_unique<Dispatcher>(static_cast<World&>(*this), std::move(policy_), config_.topology, traits,
                                             config_.caps);
  if (!config_.preferred.empty()) dispatcher_->prefer(config_.preferred);
  began_ = now();
  for (const auto& pcpu : pcpus_) pcpu->log.begin(began_);
  elsewhere_.begin(began_);
  dispatcher_->start(began_);
  awake_.store(dispatcher_.get(), std::memory_order_release);
  begun_.store(true, std::memory_order_release);
  begun_.notify_all();

  RunEnd end;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < pcpus_.size(); ++i)
      threads.emplace_back([this, i] { guarded([&] { thread_main(id_at<PcpuId>(i)); }); });
    end = wait_for_end();
    stop_all();
  }
  {
    const std::lock_guard gate(outside_);
    awake_.store(nullptr, std::memory_order_release);
  }
  if (breach_ != nullptr) std::rethrow_exception(breach_);  // the books mean nothing any more
  ended_ = now();
  dispatcher_->close(ended_);
  if (end == RunEnd::AllStopped) dispatcher_->check_invariants();
  return end;
}

RunEnd PinnedWorld::wait_for_end() {
  bool in_time = true;
  if (config_.time_limit == Duration::max())
    end_.acquire();
  else
    in_time = end_.try_acquire_for(config_.time_limit);
  return cut_off_.or_else(in_time ? RunEnd::AllStopped : RunEnd::TimeLimit);
}

void PinnedWorld::cut_off(RunEnd why) {
  cut_off_.ask(why);
  announce_end();
}

bool PinnedWorld::change(const std::function<void(RunChanges&)>& change) {
  begun_.wait(false, std::memory_order_acquire);
  const std::lock_guard gate(outside_);
  Dispatcher* const dispatcher = awake_.load(std::memory_order_acquire);
  if (dispatcher != nullptr) guarded([&] { change(*dispatcher); });
  return dispatcher != nullptr;
}

void PinnedWorld::announce_end() {
  if (!announced_.exchange(true, std::memory_order_acq_rel)) end_.release();
}

void PinnedWorld::keep_breach(std::exception_ptr breach) {
  if (!broken_.exchange(true, std::memory_order_acq_rel)) breach_ = std::move(breach);
  announce_end();
}

void PinnedWorld::stop_all() {
  stopping_.store(true, std::memory_order_seq_cst);
  for (const auto& pcpu : pcpus_) pcpu->bell.ring();
}

void PinnedWorld::thread_main(PcpuId self) {
  host::set_current_pcpu(self);
  host::name_thread("pcpu " + std::to_string(index(self)));
  host::precise_sleeps();
  if (config_.pin) host::restrict_thread({config_.topology.place(self).host_cpu});
  Pcpu& pcpu = *pcpus_[index(self)];
  Dispatcher::Next next = dispatcher_->next(self);
  while (!stopping_.load(std::memory_order_acquire)) {
    if (next.vcpu == kNoVcpu) {
      next = idle(self, next);
      continue;
    }
    const Exit exit = tenants_[index(next.vcpu)].vcpu->run(
        {.until = next.until, .doorbell = &pcpu.bell.word(), .spins_for = dispatcher_->spins_for(self)});
    pcpu.bell.clear();
    const VcpuId was = next.vcpu;
    next = dispatcher_->returned(self, exit);
    // It spins on something and nobody else may run here: what it waits for may be behind another pCPU's thread.
    const bool spins = exit.why == ExitWhy::Paused || exit.why == ExitWhy::Yielded;
    if (spins && next.vcpu == was && shares_cpus_) std::this_thread::yield();
    if (exit.why == ExitWhy::Stopped && dispatcher_->all_finished()) announce_end();
  }
}

Dispatcher::Next PinnedWorld::idle(PcpuId self, const Dispatcher::Next& wait) {
  Pcpu& pcpu = *pcpus_[index(self)];
  const Time poll_until = dispatcher_->idling(self).poll_until;
  const bool polls = !shares_cpus_ && poll_until > Time{};
  pcpu.bell.await_vcpu(polls);
  std::optional<Time> seen;
  if (polls) seen = pcpu.bell.poll_until(std::min(wait.until, poll_until));
  if (seen) {
    ++pcpu.polls_hit;
  } else if (now() < wait.until) {
    ++pcpu.sleeps;
    pcpu.bell.sleep_until(wait.until);
  }
  if (const auto handed = pcpu.bell.take_handed())
    return dispatcher_->take(self, handed->vcpu, handed->slice, seen ? *seen : now());
  pcpu.bell.clear();  // before the dispatcher takes the kick that rang
  return dispatcher_->next(self);
}

void PinnedWorld::kick(PcpuId pcpu, KickHow) {
  const bool polled = pcpus_[index(pcpu)]->bell.awaits_vcpu();
  const bool slept = pcpus_[index(pcpu)]->bell.ring();
  if (polled && !slept && self() != kNoPcpu) ++pcpus_[index(self())]->kicks_polled;
}

bool PinnedWorld::hand(PcpuId pcpu, VcpuId vcpu, Duration slice) {
  const bool asleep = pcpus_[index(pcpu)]->bell.hand(vcpu, slice);
  if (!asleep && self() != kNoPcpu) ++pcpus_[index(self())]->kicks_polled;
  return asleep;
}

void PinnedWorld::wake(VcpuId vcpu) {
  // Before run() there is nobody to wake: whatever line was raised is seen when the vCPU first runs.
  if (self() != kNoPcpu) {
    if (Dispatcher* dispatcher = awake_.load(std::memory_order_acquire)) dispatcher->wake(vcpu);
    return;
  }
  // Threads that are no pCPU (I/O, arrivals) may come while run() ends; after it the dispatcher's books are closed.
  const std::lock_guard gate(outside_);
  if (Dispatcher* dispatcher = awake_.load(std::memory_order_acquire)) guarded([&] { dispatcher->wake(vcpu); });
}

void PinnedWorld::wake_and_block(VcpuId vcpu) {
  if (self() == kNoPcpu) return wake(vcpu);
  if (Dispatcher* dispatcher = awake_.load(std::memory_order_acquire)) dispatcher->wake_and_block(vcpu);
}

void PinnedWorld::record(const Event& event) {
  if (const PcpuId by = self(); by != kNoPcpu) return pcpus_[index(by)]->log.add(event);
  const std::lock_guard lock(elsewhere_mutex_);
  elsewhere_.add(event);
}

PcpuId PinnedWorld::self() const { return host::current_pcpu(); }

RunReport PinnedWorld::report() const {
  RunReport report;
  report.world = "live";
  report.wall = ended_ - began_;
  dispatcher_->fill(report);
  name_tenants(report, vms_, tenants_);
  for (std::size_t i = 0; i < pcpus_.size(); ++i) {
    report.pcpus[id_at<PcpuId>(i)].sleeps = pcpus_[i]->sleeps;
    report.pcpus[id_at<PcpuId>(i)].polls_hit = pcpus_[i]->polls_hit;
    report.pcpus[id_at<PcpuId>(i)].kicks_polled = pcpus_[i]->kicks_polled;
  }
  if (recording() && events_lost() == 0 && config_.trace_scope.whole()) {
    const std::vector<Event> all = events();
    std::vector<VcpuTraits> traits;
    for (const Tenant& tenant : tenants_) traits.push_back(tenant.traits);
    std::vector<PlaceChange> changes = changes_;
    for (PlaceChange& change : changes) change.at = std::max(change.at - (began_ - Time{}), Time{});
    derive_conservation({.events = all, .vcpus = traits, .changes = changes, .began = {},
                         .ended = Time{} + report.wall}, report);
  }
  return report;
}

std::vector<Event> PinnedWorld::events() const {
  std::vector<const EventLog*> logs;
  for (const auto& pcpu : pcpus_) logs.push_back(&pcpu->log);
  logs.push_back(&elsewhere_);
  std::vector<Event> all = merged(logs);
  for (Event& event : all) event.at = std::max(event.at - (began_ - Time{}), Time{});
  return all;
}

std::uint64_t PinnedWorld::events_lost() const {
  std::uint64_t lost = elsewhere_.lost();
  for (const auto& pcpu : pcpus_) lost += pcpu->log.lost();
  return lost;
}

std::unique_ptr<LiveWorld> LiveWorld::pinned(LiveConfig config, Policy policy) {
  return std::make_unique<PinnedWorld>(std::move(config), std::move(policy));
}

}  // namespace roost
