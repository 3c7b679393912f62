// The room: the only thing that one pCPU may read of another's runqueue (law 4). A value; possibly old.
#pragma once

#include <cstdint>

#include "sched/discipline/discipline.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

struct LoadSnapshot {
  std::uint32_t running = 0;     // vCPUs on the runqueue's pCPUs now
  std::uint32_t waiting = 0;     // vCPUs queued
  std::uint32_t dormant = 0;     // of these: who may not run yet, by its discipline's rules
  std::uint64_t weight = 0;      // sum of the weights of both
  Duration backlog{0};           // expected time until a newcomer of no urgency would run
  Urgency urgency_running = kNoUrgency;
  Urgency urgency_waiting = kNoUrgency;
  std::uint32_t capacity = 1024;  // speed of the pCPU, 1024 = a full one
  Time stamp{};                   // when it was published

  /// Whoever came now would run at once.
  bool idle() const { return running == 0 && ready() == 0; }
  std::uint32_t runnable() const { return running + waiting; }
  std::uint32_t ready() const { return waiting - dormant; }
  /// How many waiting vCPUs may be taken away. One that waits where nothing runs is about to run there; who may not run
  /// yet would gain nothing elsewhere.
  std::uint32_t available() const { return running > 0 || ready() == 0 ? ready() : ready() - 1; }
};

/// What everyone may see of everyone: published loads, without a lock, as old as the world makes them.
class LoadView {
 public:
  virtual ~LoadView() = default;
  virtual LoadSnapshot load(RunqueueId rq) const = 0;
  virtual RunqueueId runqueue_of(PcpuId pcpu) const = 0;
  virtual bool online(PcpuId pcpu) const = 0;
  virtual std::uint64_t online_word(std::size_t word) const = 0;  // of pCPUs 64 * word to 64 * word + 63, a bit each
  /// Likewise, of the online pCPUs: whose load is idle(); who has available() vCPUs. As
  /// old as the loads, and not always of the same moment.
  virtual std::uint64_t idle(std::size_t word) const = 0;
  virtual std::uint64_t giving(std::size_t word) const = 0;
  LoadSnapshot load(PcpuId pcpu) const { return load(runqueue_of(pcpu)); }
};

}  // namespace roost
