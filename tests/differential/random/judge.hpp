// The room: whether two engines agree on programs; and, when not, the smallest program that shows it, as assembly.
#pragma once

#include <span>
#include <string>

#include "tests/differential/random/engine.hpp"
#include "tests/differential/random/random_program.hpp"

namespace roost::random_programs {

class Judge {
 public:
  Judge(Engine& left, Engine& right, std::vector<std::byte> harness)
      : left_(left), right_(right), harness_(std::move(harness)) {}

  /// The indices of the programs that the two engines do not end alike.
  std::vector<std::size_t> differing(std::span<const RandomProgram> programs);

  /// Removes units while the difference stays.
  RandomProgram shrink(RandomProgram program);

  /// Mode, code as assembly, and all that differs.
  std::string report(const RandomProgram& program);

 private:
  struct Both {
    Lines left, right;
  };
  Both run(std::span<const RandomProgram> programs, Detail detail);

  Engine& left_;
  Engine& right_;
  std::vector<std::byte> harness_;
};

}  // namespace roost::random_programs
