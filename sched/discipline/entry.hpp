// The room: what the catalog knows of a discipline: what it says of itself, and how it is made.
// Not here: the list of all of them (policy/catalog).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "sched/discipline/discipline.hpp"
#include "sched/vocabulary/constants.hpp"

namespace roost {

/// What a discipline is made for.
struct DisciplineScope {
  std::size_t max_vcpus = 0;
  std::size_t runqueues = 0;
  std::uint64_t seed = 0;  // of its random draws, if its rules draw (law 1)
};

struct DisciplineEntry {
  PieceInfo info;
  std::unique_ptr<Discipline> (*make)(const DisciplineScope& scope, const ConstantValues& constants);
};

}  // namespace roost
