// The room: a scenario's changes, made at their times in whichever world, and what became of them.
// Not here: their text (vmm/workload/toml_timeline), making them true (vmm/executor).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/cli/scenario_plan.hpp"
#include "vmm/executor/run_changes.hpp"
#include "vmm/workload/workload.hpp"

namespace roost {

struct ChangeOutcome {
  Duration at{0};
  std::string what;     // "web/1: affinity 0,1"
  std::string refused;  // why; empty: it was made
};

/// Calls what it is given with the world's changes; false: the run is over.
using ReachWorld = std::function<bool(const std::function<void(RunChanges&)>&)>;

class Timeline final : public Agenda {
 public:
  /// `seed`: the run's, of policies that come and draw.
  Timeline(const ScenarioPlan& plan, const Workload& workload, ReachWorld world, std::vector<ChangeOutcome>& outcomes,
           std::uint64_t seed)
      : plan_(plan), scenario_(plan.scenario), workload_(workload), world_(std::move(world)), outcomes_(outcomes),
        seed_(seed) {}

  Time next() const override { return at_ < scenario_.changes.size() ? Time{} + scenario_.changes[at_].at : kNever; }
  void act() override;

 private:
  void make(const TimedChange& change, RunChanges& world);
  void make_of_host(const TimedChange& change, RunChanges& world);
  void note(const TimedChange& change, std::string what, const ChangeAnswer& answer);

  const ScenarioPlan& plan_;
  const Scenario& scenario_;
  const Workload& workload_;
  ReachWorld world_;
  std::vector<ChangeOutcome>& outcomes_;
  std::uint64_t seed_;
  std::size_t at_ = 0;
};

/// What is wrong with the changes of a planned scenario, as far as that can be told before it runs.
std::optional<Error> check_timeline(const ScenarioPlan& plan);

}  // namespace roost
