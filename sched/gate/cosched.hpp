// The room: how far the vCPUs of one VM may get apart: co-scheduling, relaxed or strict, or none.
// Not here: putting a vCPU aside and back (executor), who of those that may run does (discipline).
// Rules: `relaxed`, as ESX since 3.0 (VMware, "The CPU Scheduler in VMware vSphere 5.1", 2013): a vCPU makes progress
//   while it runs and while it is idle, none while it waits for a pCPU. Its skew is its progress less that of the least
//   advanced sibling. Whoever leads by more than `skew` is co-stopped when that is looked at, each `look` at most; it
//   may run again when it leads by less than `rejoin`. So nobody gets ahead by more than skew + look. Only leaders are
//   stopped: whoever is behind runs, so the least advanced is never kept from catching up. `strict`, as ESX 2: all
//   vCPUs of a VM run together or none. Time goes in rounds of `round`; in each the VMs get pCPUs for all of their
//   vCPUs, in turn, as long as there are enough; whoever found too few is first in the next. A pool with a policy of
//   its own has rounds of its own.
// Constants: skew, 3 ms; rejoin, 2 ms; look, 1 ms: ESX's Cpu.CoschedCostopThreshold, CoschedCostartThreshold and
//   CoschedPollUsec. rejoin is no more than skew, whatever is said. Less skew keeps siblings closer and stops more
//   often, a rejoin close to it too; less look looks more often. round, 50 ms: shorter answers sooner, longer switches
//   less.
// Deviations: ESX lets an idle vCPU get ahead of a waiting one without limit, and then stops it when it wakes; here one
//   that wakes leads by `skew` at most: sleep is no lead in the guest's work. ESX looks at fixed moments; here a vCPU
//   is looked at when it is picked and when it may have come to `skew`. strict: all rounds are equally long, weights
//   share out what is within them only. A VM with more vCPUs than there are pCPUs counts as many as those. What an idle
//   vCPU of a VM leaves is nobody's until the round is over.
// Not work-conserving when: relaxed: while a leader is co-stopped, for its lead beyond `rejoin`, or a look if that is
//   longer, each time that it is looked at. strict: in each round pCPUs mod the vCPUs of a VM stay idle where VMs are
//   of one size; and a VM that wakes waits for a round in which it fits. The monitor holds both to when a co-stopped
//   vCPU is looked at again.
// Costs: relaxed: a look at each sibling whenever one is picked. strict: one lock for all of a pool.
// Invariants: who is least advanced has a skew of 0; in a round the VMs that have pCPUs need no more than there are.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sched/vocabulary/constants.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

struct CoRule {
  enum class How : std::uint8_t { None, Relaxed, Strict };
  How how = How::None;
  Duration skew{0}, rejoin{0}, look{0};  // relaxed
  Duration round{0};                     // strict
};

/// What the catalog knows of one.
struct CoEntry {
  PieceInfo info;
  CoRule (*make)(const ConstantValues& constants);
};

extern const CoEntry kNoCoEntry, kRelaxedEntry, kStrictEntry;

/// May run until `look_again`, or not before it.
struct CoAnswer {
  bool runs = true;
  Time look_again = kNever;
};

/// The vCPUs of one VM, by their places in it: how long each has made no progress.
class SiblingProgress {
 public:
  explicit SiblingProgress(std::size_t vcpus) : of_(vcpus) {}

  /// It waits for a pCPU from now on. Who is new is the least advanced.
  void stalls(std::size_t place, Time now);
  /// Likewise, and it was idle: it leads by `most` at most.
  void wakes(std::size_t place, Time now, Duration most);
  /// It runs from now on.
  void goes_on(std::size_t place, Time now);
  /// It takes no part any more.
  void leaves(std::size_t place) { of_[place] = {}; }

  /// By how much it leads the least advanced.
  Duration skew(std::size_t place, Time now) const { return most_lag(now) - lag(of_[place], now); }
  /// It wants to run. `stopped`: it was co-stopped until now.
  CoAnswer ask(std::size_t place, const CoRule& rule, bool stopped, Time now) const;

 private:
  struct Sibling {
    Duration behind{0};         // without progress, up to stalled_since
    Time stalled_since = kNever;
    bool counts = false;        // it has begun and has not left
  };
  static Duration lag(const Sibling& of, Time now);
  Duration most_lag(Time now) const;

  std::vector<Sibling> of_;
};

/// Whole VMs in turn.
class Gangs {
 public:
  /// `sizes`: vCPUs of each VM.
  Gangs(const IdVector<VmId, std::size_t>& sizes, std::size_t pcpus);
  /// From the next round on.
  void set_pcpus(std::size_t pcpus) { pcpus_ = pcpus; }
  /// A vCPU of `vm` wants to run. Askers' clocks may differ: no round ends twice.
  CoAnswer ask(VmId vm, Duration round, Time now);

 private:
  struct Gang {
    std::size_t size = 0;              // vCPUs
    bool wants = false, runs = false;  // it asked in this round; it has pCPUs in it
  };
  void begin_round();
  bool admit(Gang& gang);

  IdVector<VmId, Gang> gangs_;
  std::size_t pcpus_, free_;
  std::size_t first_ = 0;              // the first VM to be admitted to the next round
  bool refused_ = false;               // somebody found too few in this one
  Time ends_{};                        // of this round
};

}  // namespace roost
