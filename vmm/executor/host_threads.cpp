#include "vmm/executor/host_threads.hpp"

#include <thread>

#include "vmm/executor/name_tenants.hpp"
#include "vmm/host/pinning.hpp"

namespace roost {

RunEnd HostThreads::run(std::vector<TenantVm> vms, std::vector<Tenant> tenants) {
  check(threads_.empty(), "a live world runs once");
  vms_ = std::move(vms);
  tenants_ = std::move(tenants);
  std::vector<std::uint32_t> cpus;
  for (std::size_t i = 0; i < config_.topology.pcpu_count(); ++i)
    cpus.push_back(config_.topology.place(id_at<PcpuId>(i)).host_cpu);
  for (std::size_t i = 0; i < tenants_.size(); ++i) threads_.push_back(std::make_unique<Thread>());
  began_ = clock_.now();
  started_.store(true, std::memory_order_release);
  bool in_time = true;
  {
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < tenants_.size(); ++i)
      running.emplace_back([this, i, &cpus] { thread_main(id_at<VcpuId>(i), cpus); });
    if (config_.time_limit == Duration::max())
      end_.acquire();
    else
      in_time = end_.try_acquire_for(config_.time_limit);
    stopping_.store(true, std::memory_order_seq_cst);
    for (const auto& thread : threads_) thread->bell.ring();
  }
  ended_ = clock_.now();
  return cut_off_.or_else(in_time ? RunEnd::AllStopped : RunEnd::TimeLimit);
}

void HostThreads::thread_main(VcpuId self, const std::vector<std::uint32_t>& cpus) {
  host::name_thread("vcpu " + std::to_string(index(self)));
  host::precise_sleeps();
  if (config_.pin) host::restrict_thread(cpus);
  Thread& thread = *threads_[index(self)];
  Vcpu& vcpu = *tenants_[index(self)].vcpu;
  while (!stopping_.load(std::memory_order_acquire)) {
    const Exit exit = vcpu.run({.doorbell = &thread.bell.word()});
    thread.report.retired += exit.retired;
    if (exit.why == ExitWhy::Stopped) {
      if (finished_.fetch_add(1, std::memory_order_acq_rel) + 1 == tenants_.size()) announce_end();
      break;
    }
    if (exit.why == ExitWhy::Halted) halt(thread, exit.wake_at);
    if (exit.why == ExitWhy::Yielded || exit.why == ExitWhy::Paused) std::this_thread::yield();
    // Before run() looks at its lines; a ring that comes after this ends run() or the next sleep.
    thread.bell.clear();
  }
  VcpuReport& report = thread.report;
  report.lifetime = clock_.now() - began_;
  report.run = std::min(host::thread_cpu_time(), report.lifetime - report.halted);
  report.wait = report.lifetime - report.run - report.halted;
  report.steal = std::min(host::thread_run_delay().value_or(report.wait), report.wait);
  report.slices = host::thread_switches();
}

void HostThreads::halt(Thread& thread, Time until) {
  const Time began = clock_.now();
  thread.rung_at.store(0, std::memory_order_relaxed);
  const bool rung = thread.bell.sleep_until(until);
  const Time ended = clock_.now();
  const Time woken = rung ? time_at(thread.rung_at.load(std::memory_order_relaxed)) : until;
  const Time ready = std::clamp(woken, began, ended);
  thread.report.halted += ready - began;
  ++thread.report.wakeups;
  thread.report.wake_to_run.add(ended - ready);
}

void HostThreads::wake(VcpuId vcpu) {
  if (!started_.load(std::memory_order_acquire)) return;  // nobody to wake: it looks at its lines when it first runs
  Thread& thread = *threads_[index(vcpu)];
  thread.rung_at.store(nanoseconds(clock_.now()), std::memory_order_relaxed);
  thread.bell.ring();
}

void HostThreads::cut_off(RunEnd why) {
  cut_off_.ask(why);
  announce_end();
}

void HostThreads::announce_end() {
  if (!announced_.exchange(true, std::memory_order_acq_rel)) end_.release();
}

RunReport HostThreads::report() const {
  RunReport report;
  report.world = "live";
  report.policy = "host";
  report.wall = ended_ - began_;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    report.vcpus.push_back(threads_[i]->report);
    report.vcpus[id_at<VcpuId>(i)].weight = tenants_[i].traits.weight;
  }
  name_tenants(report, vms_, tenants_);
  return report;
}

std::unique_ptr<LiveWorld> LiveWorld::host_threads(LiveConfig config) {
  return std::make_unique<HostThreads>(std::move(config));
}

}  // namespace roost
