// The room: what scripted vCPUs wait for and hand to each other: events, locks, barriers, queues of jobs.
// Not here: who waits and what it does meanwhile (scripted_vcpu).
// Invariants: first come, first served. Every wait that began is granted at most once. Nobody is told while the
//   object's mutex is held: what is granted is collected first.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "sched/trace/histogram.hpp"
#include "vmm/vcpu/stepped_vcpu.hpp"
#include "vmm/workload/fifo.hpp"
#include "vmm/workload/scenario.hpp"

namespace roost {

/// One vCPU as the objects see it.
class Waiter {
 public:
  Waiter(StepSink& sink, VcpuId vcpu) : sink_(sink), vcpu_(vcpu) {}

  /// By the vCPU: has what it waits for come? True only once for each grant.
  bool take_grant() {
    // Acquire: what the granter did before it, also `job`, is seen.
    return granted_.load(std::memory_order_relaxed) && granted_.exchange(false, std::memory_order_acq_rel);
  }
  Time job{};           // a queue's grant: when the job arrived; kNever: the queue is closed

  // ---- any thread ----
  void grant() { granted_.store(true, std::memory_order_release); }  // partner: take_grant
  void tell(bool polls) { polls ? sink_.notice(vcpu_) : sink_.wake(vcpu_); }
  void wake() { sink_.wake(vcpu_); }

 private:
  StepSink& sink_;
  VcpuId vcpu_;
  std::atomic<bool> granted_{false};
};

/// All members: any thread. A bool answer: it goes on at once; false: it waits, and will be granted.
class SharedObject {
 public:
  explicit SharedObject(const ObjectSpec& spec, std::uint32_t parties) : spec_(spec), parties_(parties) {}
  const ObjectSpec& spec() const { return spec_; }
  bool polls() const { return spec_.polls; }

  // event
  bool wait(Waiter& who);
  void signal();
  void broadcast();
  // lock
  bool lock(Waiter& who);
  void unlock();
  // barrier
  bool arrive(Waiter& who);
  // queue
  bool take(Waiter& who);
  void offer(Time arrived);
  /// One more comes from outside that offers jobs; with the last of them gone the queue is closed.
  void add_source() { ++sources_; }
  void end_source();
  void served(Duration sojourn);

  // ---- after the run ----
  std::uint64_t grants() const { return grants_; }    // waits ended, locks had, barriers passed, jobs taken
  std::uint64_t queued() const { return queued_; }    // of those, how many had to wait
  const Histogram& sojourn() const { return sojourn_; }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  bool join_or(bool goes_on, Waiter& who);
  Waiter* pop();
  void tell(Waiter* who) const;

  const ObjectSpec& spec_;
  std::uint32_t parties_;
  std::mutex mutex_;
  Fifo<Waiter*> waiting_;
  Fifo<Time> jobs_;
  std::uint64_t kept_ = 0;  // signals that nobody has waited for yet
  bool held_ = false, closed_ = false;
  std::uint32_t sources_ = 0;
  std::uint64_t grants_ = 0, queued_ = 0;
  Histogram sojourn_;
};

}  // namespace roost
