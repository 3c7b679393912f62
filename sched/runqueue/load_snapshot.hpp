// The room: the only thing that one pCPU may read of another's runqueue (law 4). A value; possibly old.
#pragma once

#include <cstdint>

#include "sched/discipline/discipline.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/pcpu_words.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

struct LoadSnapshot {
  std::uint32_t running = 0;     // vCPUs on the runqueue's pCPUs now
  std::uint32_t waiting = 0;     // vCPUs queued
  std::uint32_t dormant = 0;     // of these: who may not run yet, by its discipline's rules
  std::uint64_t weight = 0;      // sum of the weights of both; published, it may be an average (load_average)
  Duration backlog{0};           // expected time until a newcomer of no urgency would run
  Urgency urgency_running = kNoUrgency;
  Urgency urgency_waiting = kNoUrgency;
  std::uint32_t capacity = 1024;  // speed of its pCPUs together, 1024 = a full one
  Time stamp{};                   // when it was published
  std::uint16_t pcpus = 1;        // online ones that share it
  std::uint16_t called = 0;       // where several share it: idle ones of them that have been called to take somebody
  std::uint16_t utilisation = 0;  // how busy a pCPU of it was of late, in the mean, in units of capacity: an average,
                                  // where a placement asks for it (Placer::utilisation). Read by that name alone

  /// Whoever came now would run at once, if it may run on any of these pCPUs.
  bool idle() const { return free() > 0; }
  std::uint32_t free() const { return pcpus > running + coming() ? pcpus - running - coming() : 0; }
  std::uint32_t runnable() const { return running + waiting; }
  std::uint32_t ready() const { return waiting - dormant; }
  /// How many waiting vCPUs may be taken away. For whom an idle pCPU comes is about to run; who may not run yet would
  /// gain nothing elsewhere.
  std::uint32_t available() const { return ready() > coming() ? ready() - coming() : 0; }
  /// Idle pCPUs that are about to take one. An only pCPU comes by itself.
  std::uint32_t coming() const { return pcpus > 1 ? called : running == 0 && ready() > 0; }
};

/// What everyone may see of everyone: published loads, without a lock, as old as the world makes them.
class LoadView {
 public:
  /// `shares`: some pCPUs share a runqueue. Where none do, each has the one of its own number.
  explicit LoadView(bool shares = false) : shares_(shares) {}
  virtual ~LoadView() = default;
  virtual LoadSnapshot load(RunqueueId rq) const = 0;
  RunqueueId runqueue_of(PcpuId pcpu) const {
    return shares_ ? shared_runqueue(pcpu) : id_at<RunqueueId>(index(pcpu));
  }
  virtual bool online(PcpuId pcpu) const = 0;
  virtual std::uint64_t online_word(std::size_t word) const = 0;  // of pCPUs 64 * word to 64 * word + 63, a bit each
  /// Likewise, of the online pCPUs: who would run a newcomer at once; who has available() vCPUs. As
  /// old as the loads, and not always of the same moment. Of those that share a runqueue its *front* gives for all.
  virtual std::uint64_t idle(std::size_t word) const = 0;
  virtual std::uint64_t giving(std::size_t word) const = 0;
  /// Likewise: one online pCPU of each runqueue; those that share `pcpu`'s runqueue, itself among them.
  std::uint64_t fronts(std::size_t word) const { return shares_ ? shared_fronts(word) : online_word(word); }
  std::uint64_t sharing(PcpuId pcpu, std::size_t word) const {
    return shares_ ? sharers(pcpu, word) : bit_in(pcpu, word);
  }
  LoadSnapshot load(PcpuId pcpu) const { return load(runqueue_of(pcpu)); }
  /// What a load does not tell: LoadSnapshot::utilisation, as it was at that load's stamp.
  virtual std::uint16_t utilisation(RunqueueId /*rq*/) const { return 0; }

 protected:
  bool shares() const { return shares_; }

 private:  // asked only where some share
  virtual RunqueueId shared_runqueue(PcpuId pcpu) const { return id_at<RunqueueId>(index(pcpu)); }
  virtual std::uint64_t shared_fronts(std::size_t word) const { return online_word(word); }
  virtual std::uint64_t sharers(PcpuId pcpu, std::size_t word) const { return bit_in(pcpu, word); }

  bool shares_;
};

}  // namespace roost
