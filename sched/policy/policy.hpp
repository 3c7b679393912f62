// The room: one composition of the pieces, chosen by name.
// Not here: the pieces themselves; performing their decisions (dispatcher).
#pragma once

#include <memory>
#include <string>

#include "sched/balance/balancer.hpp"
#include "sched/discipline/discipline.hpp"
#include "sched/numa/numa_rule.hpp"
#include "sched/placement/placer.hpp"
#include "sched/topology/granularity.hpp"

namespace roost {

struct Policy {
  std::string name;
  std::unique_ptr<Discipline> discipline;
  std::unique_ptr<Placer> placer;
  std::unique_ptr<Balancer> balancer;
  std::unique_ptr<NumaRule> numa{};  // null: nothing moves for the sake of memory
  Granularity granularity = Granularity::Pcpu;  // that the discipline was made for
};

}  // namespace roost
