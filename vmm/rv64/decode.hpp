// The room: from an encoding to an op: which handler, which operands.
// Not here: reading code (fetch), what handlers do (exec_*).
#pragma once

#include <cstdint>

#include "vmm/rv64/op.hpp"

namespace roost::rv64 {

/// The slot of an instruction that lies in no decoded page: none of its jumps is near.
inline constexpr int kNowhere = -1;

/// Where an instruction stands, and whether its handler tells an observer what it touches (observe.hpp).
struct CodePlace {
  int slot = kNowhere;  // in its page
  bool observed = false;
};

/// `slots`: how many halfwords it takes from the instruction stream (1: it was expanded from a compressed one).
Op decode(std::uint32_t bits, unsigned slots, CodePlace place);
Op decode_compressed(std::uint16_t bits, CodePlace place);

}  // namespace roost::rv64
