// The room: one decoded instruction, and how control passes from one to the next.
// Not here: decoding (decode), what instructions do (exec_*).
#pragma once

#include <cstdint>

namespace roost::rv64 {

struct Core;
struct Op;

/// What a handler gives back when control leaves the web of handlers: the op to go on with, with Core::left steps to
/// take, or null: the hart leaves the engine, and Core::leave says why. A plain pointer, because compilers make sibling
/// calls of functions that return one.
using Cursor = const Op*;

using Handler = Cursor (*)(Core& core, const Op* op, std::int64_t budget);

/// 16 bytes, one per halfword of a code page. Writes to x0 go to a register beyond x31, so that no handler asks.
struct Op {
  Handler run;
  std::uint8_t rd, rs1, rs2;
  std::uint8_t aux;  // rs3 of a fused multiply-add
  std::int32_t imm;  // a near branch's is already scaled to bytes of ops
};
static_assert(sizeof(Op) == 16);

inline constexpr std::uint8_t kSinkRegister = 32;

}  // namespace roost::rv64
