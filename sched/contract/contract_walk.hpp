// The room: a random but lawful life of a few vCPUs, against which a discipline must keep its contract.
// Rules: two of a kind are told the same, step by step, and asked everything that can be asked; each answer is held
//   against plain books of who waits and runs where. Some vCPUs have reservations; runqueues are shared by several
//   pCPUs, each with vCPUs that it may not run; now and then a vCPU is admitted or weighed anew.
// Not here: the rules (discipline/contract), which disciplines there are (policy/catalog), any one's own order.
// Invariants: one seed is one walk. A breach is a ContractBreach; last_steps() tells what led there.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sched/discipline/contract.hpp"
#include "sched/discipline/entry.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/random_stream.hpp"

namespace roost {

class ContractWalk {
 public:
  static constexpr std::size_t kVcpus = 24, kRunqueues = 2, kSharers = 3, kLastSteps = 20;

  struct Tried {
    std::uint64_t enqueues = 0, picks = 0, not_yet = 0, migrations = 0, preemptions = 0, yields = 0, blocks = 0;
    std::uint64_t weights = 0, admissions = 0;
    Tried& operator+=(const Tried& more);
  };
  using Maker = std::function<std::unique_ptr<Discipline>(const DisciplineScope& scope)>;

  ContractWalk(const Maker& make, std::uint64_t seed);

  // Each throws ContractBreach.
  void step();
  /// Everyone who still waits runs once more, whoever may ask for it.
  void drain();

  const Tried& tried() const { return tried_; }
  std::string last_steps() const;

 private:
  enum class Place : std::uint8_t { Nowhere, Waiting, Running };
  struct Subject {
    Place place = Place::Nowhere;
    RunqueueId rq{0};
    bool fresh = true;          // admitted, and not enqueued since
    std::uint32_t allowed = 0;  // bit i: the i-th sharer of a runqueue may run it
    Time charged_at{};
  };
  class Allowed;
  enum class Did : std::uint8_t { Admit, Reweigh, Enqueue, Leave, Charge, Pick, Preempts };
  struct Step {
    Did did = Did::Admit;
    Time at{};
    VcpuId vcpu = kNoVcpu;
    RunqueueId rq = kNoRunqueue;
    std::uint64_t with = 0;  // weight, why, nanoseconds, the sharer that asks
  };

  template <typename Do>
  void both(Step step, Do act);
  template <typename Ask>
  auto same(const char* what, Ask ask) const;
  [[noreturn]] void broke(ContractRule rule, const std::string& did) const;
  void note(Step step);
  static std::string told(const Step& step);

  void admit(VcpuId vcpu);
  void arrive(VcpuId vcpu, RunqueueId rq);
  void ask_preempts(RunqueueId rq, VcpuId waiting);
  void migrate(VcpuId vcpu, RunqueueId to);
  void pick(RunqueueId rq);
  std::optional<Pick> picked(RunqueueId rq, const PickRequest& request, std::size_t sharer);
  void check_pick(RunqueueId rq, const PickRequest& request, const std::optional<Pick>& pick);
  void check_nobody(RunqueueId rq, const PickRequest& request, const std::optional<Pick>& pick) const;
  void charge(VcpuId running);
  void stop(VcpuId vcpu);
  void block(VcpuId vcpu, LeaveWhy why);
  void check_answers(RunqueueId rq) const;
  void check_victims(RunqueueId rq, std::size_t waiting) const;
  std::size_t waiting_on(RunqueueId rq) const;
  std::string whereabouts(VcpuId vcpu) const;
  bool waits(VcpuId vcpu, RunqueueId rq) const {
    return subjects_[vcpu].place == Place::Waiting && subjects_[vcpu].rq == rq;
  }
  template <typename Id>
  Id any(std::size_t count) {
    return id_at<Id>(random_.below(count));
  }

  RandomStream random_;
  std::unique_ptr<Discipline> one_, two_;
  IdVector<VcpuId, Subject> subjects_;
  IdVector<VcpuId, Time> eligible_at_;  // of those who wait where a pick is asked for, before it
  Time now_ = time_at(1'000'000'000);
  Tried tried_;
  std::array<Step, kLastSteps> last_{};
  std::uint64_t noted_ = 0;
};

/// What the discipline's own code finds wrong is a breach like any other.
template <typename Do>
void owned_by(const Discipline& discipline, Do act) {
  try {
    act();
  } catch (const ContractBreach&) {
    throw;
  } catch (const CheckFailure& failure) {
    break_contract(discipline, ContractRule::OwnChecks, failure.what());
  }
}

/// A line of last_steps().
std::string told_at(Time at, const std::string& what);

/// What one discipline did with some walks, and in a run for each of them.
struct ContractReport {
  std::uint64_t walks = 0, steps = 0;  // taken
  ContractWalk::Tried tried;           // in all of them
  std::uint64_t timed = 0;             // waits of the runs; 0: it states no bound
  std::string breach;                  // its sentence; empty: none
  std::uint64_t seed = 0;              // of the walk or run that it broke
  std::string last_steps;
};

/// Walks of `steps` steps each with the seeds first_seed, first_seed + 1 ..., after each a ContractRun of as many
/// picks, until one is broken.
ContractReport walk_contract(const ContractWalk::Maker& make, std::uint64_t first_seed, std::uint64_t walks,
                             std::uint64_t steps);

}  // namespace roost
