// Two disciplines beside their models, at random.

#include <gtest/gtest.h>

#include "tests/sched/discipline/naive.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using naive::kRunqueues;
using naive::walk_beside;

TEST(RandomWalk, RoundRobinDoesAsAPlainQueue) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    RoundRobin discipline(crowd.vcpus, kRunqueues);
    naive::Turns model;
    walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

TEST(RandomWalk, WeightedFairDoesAsAPlainSearch) {
  for (const naive::Crowd& crowd : naive::kCrowds) {
    WeightedFair discipline(crowd.vcpus, kRunqueues);
    naive::Fair model;
    walk_beside(discipline, model, crowd, kit::Seeded(crowd.vcpus));
  }
}

}  // namespace
}  // namespace roost
