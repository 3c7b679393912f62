#include "sched/discipline/stcf.hpp"

#include <algorithm>

namespace roost {

constexpr DisciplineEntry kStcfEntry{
    {"stcf", "the shortest time to completion first, by an average of the last bursts; preempts",
     "Arpaci-Dusseau: Three Easy Pieces; Silberschatz, Galvin, Gagne", ShortestFirst::kConstants},
    [](const DisciplineScope& scope, const ConstantValues& constants) -> std::unique_ptr<Discipline> {
      return std::make_unique<Stcf>(scope.max_vcpus, scope.runqueues, BurstConstants::of(constants));
    }};

bool Stcf::preempts(RunqueueId, VcpuId waiting, VcpuId running, Time now) const {
  return aged(job(waiting), job(waiting).since) < aged(job(running), now);
}

Duration Stcf::expected(const Job& job) const {
  Duration guess = std::max(job.tau, kLeastGuess);
  while (guess <= job.ran) guess *= 2;
  return guess - job.ran;
}

}  // namespace roost
