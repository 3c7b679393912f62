// The room: one random program: its description for the harness, its code, and where that may be cut.
// Invariant: replacing any removable unit's code by c.nop leaves a program that still ends.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/differential/random/image_layout.hpp"

namespace roost::random_programs {

struct UnitRange {
  std::uint32_t first;  // halfwords
  std::uint32_t count;
  bool removable;
};

struct RandomProgram {
  std::uint64_t seed = 0;
  Program description{};
  std::vector<std::uint16_t> code;
  std::vector<UnitRange> units;
};

/// The same seed, the same program, for ever and on every host.
RandomProgram generate(std::uint64_t seed);

}  // namespace roost::random_programs
