// The room: what scripted vCPUs wait for and hand to each other: events, locks, barriers, queues of jobs.
// Not here: who waits and what it does meanwhile (scripted_vcpu).
// Invariants: first come, first served. Every wait that began is granted at most once. Nobody is told while the
//   object's mutex is held: what is granted is collected first. Who has been dismissed is in no line once dismiss() has
//   returned: what comes later is for the others.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "sched/trace/histogram.hpp"
#include "vmm/vcpu/stepped_vcpu.hpp"
#include "vmm/workload/actors.hpp"
#include "vmm/workload/fifo.hpp"
#include "vmm/workload/scenario.hpp"

namespace roost {

/// What all scripted vCPUs of a run reach of the world around them.
struct ScriptWires {
  StepSink* sink = nullptr;
  Actors* actors = nullptr;  // null: nobody counts who may act
};

/// One vCPU as the objects see it.
class Waiter {
 public:
  /// `wires` outlive it.
  Waiter(const ScriptWires& wires, VcpuId vcpu) : wires_(wires), vcpu_(vcpu) {
    if (Actors* const actors = wires_.actors) actors->expect();
  }
  VcpuId vcpu() const { return vcpu_; }

  // ---- the vCPU ----
  /// Has what it waits for come? True only once for each grant; from then on it acts.
  bool take_grant() {
    // Acquire: what the granter did before it, also `job`, is seen.
    if (granted_.load(std::memory_order_relaxed) != Grant::Come) return false;
    acts_ = granted_.exchange(Grant::None, std::memory_order_acq_rel) == Grant::Come;
    return acts_;
  }
  /// It acts from its start on, unless it is granted that.
  void begin() {
    acts_ = true;
    if (Actors* const actors = wires_.actors) actors->act();
  }
  /// It waits from now on, and can be granted already.
  void rest() {
    Actors* const actors = wires_.actors;
    if (std::exchange(acts_, false) && actors) actors->rest();
  }
  /// It has ended, and takes no grant any more.
  void end() {
    Actors* const actors = wires_.actors;
    if (!actors) return;
    actors->finish();
    if (granted_.exchange(Grant::Void, std::memory_order_acq_rel) == Grant::Come) actors->rest();
    rest();
  }
  Time job{};           // a queue's grant: when the job arrived; kNever: the queue is closed

  // ---- any thread that acts ----
  void grant() {  // release; partner: take_grant
    Actors* const actors = wires_.actors;
    if (!actors) return granted_.store(Grant::Come, std::memory_order_release);
    actors->act();
    // It was granted something else (its end), or has ended.
    if (granted_.exchange(Grant::Come, std::memory_order_acq_rel) != Grant::None) actors->rest();
  }
  /// `blocks`: whoever tells is about to.
  void tell(bool polls, bool blocks) {
    if (polls) wires_.sink->notice(vcpu_);
    else if (blocks) wires_.sink->wake_and_block(vcpu_);
    else wires_.sink->wake(vcpu_);
  }
  void wake() { wires_.sink->wake(vcpu_); }
  void confine(const PcpuSet& allowed) { wires_.sink->confine(vcpu_, allowed); }
  /// It is to stop, and joins no line any more. Release; partner: is_dismissed, or the mutex of an object.
  void dismiss() { dismissed_.store(true, std::memory_order_release); }
  bool is_dismissed() const { return dismissed_.load(std::memory_order_acquire); }

 private:
  enum class Grant : std::uint8_t { None, Come, Void };

  const ScriptWires& wires_;
  VcpuId vcpu_;
  std::atomic<Grant> granted_{Grant::None};
  std::atomic<bool> dismissed_{false};  // it stays set
  bool acts_ = false;
};

/// All members: any thread. A bool answer: it goes on at once; false: it waits, and will be granted.
class SharedObject {
 public:
  explicit SharedObject(const ObjectSpec& spec, std::uint32_t parties) : spec_(spec), parties_(parties) {}
  const ObjectSpec& spec() const { return spec_; }
  bool polls() const { return spec_.polls; }

  // event
  bool wait(Waiter& who);
  /// `blocks`: whoever signals does nothing more before it sleeps or waits.
  void signal(bool blocks);
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

  /// Who was told to stop leaves the line; a lock that such a one holds stays locked, a job that it has is lost.
  void dismiss();

  // ---- after the run ----
  std::uint64_t grants() const { return grants_; }    // waits ended, locks had, barriers passed, jobs taken
  std::uint64_t queued() const { return queued_; }    // of those, how many had to wait
  const Histogram& sojourn() const { return sojourn_; }
  std::vector<VcpuId> waiting() const;  // in line
  VcpuId holder() const { return holder_; }  // of the lock; kNoVcpu: nobody

 private:
  bool join_or(bool goes_on, Waiter& who);
  Waiter* pop();
  Fifo<Waiter*> pop_all();
  void tell(Waiter* who, bool blocks = false) const;

  const ObjectSpec& spec_;
  std::uint32_t parties_;
  std::mutex mutex_;
  Fifo<Waiter*> waiting_;
  Fifo<Time> jobs_;
  std::uint64_t kept_ = 0;  // signals that nobody has waited for yet
  VcpuId holder_ = kNoVcpu;
  bool closed_ = false;
  std::uint32_t sources_ = 0;
  std::uint64_t grants_ = 0, queued_ = 0;
  Histogram sojourn_;
};

}  // namespace roost
