#include "sched/discipline/sjf.hpp"

namespace roost {

constexpr DisciplineEntry kSjfEntry{
    {"sjf", "the shortest job first, by an average of its last ones; each until it blocks",
     "Arpaci-Dusseau: Three Easy Pieces; Silberschatz, Galvin, Gagne", ShortestFirst::kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<Sjf>(scope.max_vcpus, scope.runqueues, BurstConstants::of(constants));
    }};

ShortestFirst::Key Sjf::place(const Job& job, EnqueueWhy why) const {
  const bool goes_on = why == EnqueueWhy::Preempted || why == EnqueueWhy::SliceEnd;
  return goes_on ? Key{Duration{-1}, job.since} : ShortestFirst::place(job, why);
}

}  // namespace roost
