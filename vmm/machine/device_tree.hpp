// The room: the description of the board that firmware and guests read: a flattened device tree like QEMU's `virt`.
// Not here: where in RAM it goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sched/vocabulary/result.hpp"

namespace roost {

/// What a hart can do, in the form of the binding `riscv,isa`.
inline constexpr std::string_view kIsa = "rv64imafdc_zicsr_zifencei_zihintpause_zawrs";

struct Board {
  std::uint32_t harts = 1;
  std::uint64_t memory = 0;  // bytes from kRamBase
  std::string_view args;     // /chosen/bootargs
};

/// The error: `args` holds a zero byte (a string of the tree ends there) or is beyond all measure.
Result<std::vector<std::byte>> device_tree(const Board& board);

}  // namespace roost
