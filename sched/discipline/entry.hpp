// The room: what the catalog knows of a discipline: what it says of itself, and how it is made; and how one that is
//   built elsewhere, as a shared library, is found in it.
// Not here: the list of all of them (policy/catalog), loading (tools/cli/plugins).
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

  /// One that knows its name.
  std::unique_ptr<Discipline> named(const DisciplineScope& scope, const ConstantValues& constants) const {
    std::unique_ptr<Discipline> made = make(scope, constants);
    made->set_name(std::string(info.name));
    return made;
  }
};

/// What the function `extern "C" roost::DisciplinePlugin roost_plugin()` of a shared library answers: {&kItsEntry}.
struct DisciplinePlugin {
  /// Differs where these headers do: number them anew when a change of Discipline leaves the sizes as they are.
  static constexpr std::uint64_t kHeaders =
      3 + 1'000 * sizeof(DisciplineEntry) + 1'000'000 * sizeof(VcpuTraits) + 1'000'000'000 * sizeof(PickRequest);

  const DisciplineEntry* entry;
  std::uint64_t headers = kHeaders;  // that it was built with
};

}  // namespace roost
