// The room: plans that move vCPUs between runqueues: who waits, or (active) who runs.
// Not here: carrying them out (dispatcher), the order of victims (discipline), where a woken vCPU goes (placement).
// Invariants: a Plan names two different runqueues and how_many >= 1; it is made on published loads without a lock, and
//   looked at again under both locks by the dispatcher (law 4).
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <optional>

#include "sched/runqueue/load_average.hpp"
#include "sched/runqueue/load_snapshot.hpp"
#include "sched/topology/topology.hpp"
#include "sched/vocabulary/constants.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

enum class Trigger : std::uint8_t {
  NewIdle,   // this pCPU has just run dry
  Periodic,  // Balancer::next_due has come
};

enum class MoveHow : std::uint8_t {
  Pull, Push,
  Swap,    // one of each goes to the other: a heavier one to `to` (exchange)
  Active,  // whoever `from` runs is asked to go to `to`, and does so at its next exit
};

struct Plan {
  PcpuId from;
  PcpuId to;
  std::uint32_t how_many = 1;
  MoveHow how = MoveHow::Pull;
  Duration cost{0};        // C of the rule R_from - R_to > C that the plan was made with
  std::uint64_t weight_limit = UINT64_MAX;  // move vCPUs of no more than this weight in all; of a swap, the difference
  Duration spares{0};      // who ran at `from` less than so long ago stays (cache_hot)
  Time seen_at{};
};

/// At which distances something was looked at.
class DistanceSet {
 public:
  void insert(Distance distance) { bits_ = static_cast<std::uint8_t>(bits_ | 1U << static_cast<unsigned>(distance)); }
  bool contains(Distance distance) const { return bits_ >> static_cast<unsigned>(distance) & 1; }
  template <typename Visit>
  void for_each(Visit visit) const {
    for (unsigned rest = bits_; rest != 0; rest &= rest - 1) visit(static_cast<Distance>(std::countr_zero(rest)));
  }

 private:
  std::uint8_t bits_ = 0;
};

/// What a balancer has to say: a plan, or none; and how far it looked for one.
struct Advice {
  std::optional<Plan> plan;
  DistanceSet looked_at;  // whose flags or loads were read
  PcpuId helper = kNoPcpu;  // an idle pCPU that shall balance for all that idle (plan_for)
};

enum class PlanOutcome : std::uint8_t {
  Done,
  StaleNothingWaits,   // the source has nothing to give any more
  StaleNotWorthwhile,  // the rule that made the plan no longer holds
  StaleAffinity,       // no waiting vCPU may run there
  StaleTooHeavy,       // those that may are heavier than the plan's limit
  StaleOffline,
  StaleGone,           // whoever ran there, and was to be asked to go, or had been, runs there no longer
  StaleHot,            // those that may ran there a moment ago (Plan::spares)
  StaleUrgent,         // those that may are about to run there, and who runs and is displaced cannot go instead
};
inline constexpr std::size_t kPlanOutcomes = 9;
/// The loads were right, but none of those that wait could be moved.
inline bool moved_nobody(PlanOutcome outcome) {
  return outcome == PlanOutcome::StaleAffinity || outcome == PlanOutcome::StaleTooHeavy;
}

class Balancer {  // state is per pCPU and touched only by that pCPU's thread
 public:
  virtual ~Balancer() = default;
  /// When `self` next wants to be asked with Trigger::Periodic; kNever for none. When first asked, it begins there.
  virtual Time next_due(PcpuId self, Time now) = 0;
  virtual Advice plan(PcpuId self, Trigger trigger, const LoadView& view, Time now) = 0;
  /// Asked by the one pCPU that balances for all, by whichever thread: what shall `idle` take?
  virtual Advice plan_for(PcpuId /*idle*/, const LoadView& /*view*/, Time /*now*/) const { return {}; }
  /// Looked at again under both locks: does the plan still hold on these fresh loads?
  virtual PlanOutcome still_holds(const Plan& plan, const LoadSnapshot& from, const LoadSnapshot& to) const = 0;
  /// For how long a vCPU may wait although a pCPU that it may use idles: what this balancer promises of work
  /// conservation. Duration::max(): nothing.
  virtual Duration window() const = 0;
  /// Runqueues publish their weights as averages that remember so.
  virtual LoadMemory memory() const { return {}; }
  /// Does it ever plan to move who runs?
  virtual bool moves_running() const { return false; }
  /// Told before each periodic look, if so: for how long `self` has idled in all.
  virtual void has_idled(PcpuId /*self*/, Duration /*idled*/, Time /*now*/) {}
  /// What has become of the plan that it made last. Of an active one: whether somebody was asked.
  virtual void outcome(PcpuId self, const Plan& plan, PlanOutcome outcome, std::uint32_t moved, Time now) = 0;
};

/// Has `ring` a pCPU of another runqueue than `self`'s? Within one nothing is to be moved.
inline bool leads_elsewhere(const Topology::Ring& ring, PcpuId self, const LoadView& view) {
  for (std::size_t w = ring.ball->first_word(); w < ring.ball->end_word(); ++w)
    if ((ring.word(w) & ~view.sharing(self, w)) != 0) return true;
  return false;
}

/// Does `plan` still hold on fresh loads? The source has something to give, the rule R_i - R_j > C holds with the
/// plan's cost, and its weight still leaves the heavier of the two lighter. An active one: somebody runs at the source,
/// and would run at once where it is to go.
PlanOutcome look_again(const Plan& plan, const LoadSnapshot& from, const LoadSnapshot& to);

/// What the catalog knows of a balancer.
struct BalanceEntry {
  PieceInfo info;
  std::unique_ptr<Balancer> (*make)(const Topology& topology, const ConstantValues& constants);
};

}  // namespace roost
