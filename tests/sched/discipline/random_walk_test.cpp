// Two disciplines beside their models, at random.

#include <gtest/gtest.h>

#include "tests/sched/discipline/naive.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using naive::kRunqueues;
using naive::walk_beside;

TEST(RandomWalk, RoundRobinDoesAsAPlainQueue) {
  for (const std::size_t vcpus : {2, 9, 60}) {
    RoundRobin discipline(vcpus, kRunqueues);
    naive::Turns model;
    walk_beside(discipline, model, vcpus, kit::Seeded(vcpus));
  }
}

TEST(RandomWalk, WeightedFairDoesAsAPlainSearch) {
  for (const std::size_t vcpus : {2, 9, 60}) {
    WeightedFair discipline(vcpus, kRunqueues);
    naive::Fair model;
    walk_beside(discipline, model, vcpus, kit::Seeded(vcpus));
  }
}

}  // namespace
}  // namespace roost
