// The room: one decoded instruction, and how control passes from one to the next.
// Not here: decoding (decode), what instructions do (exec_*).
#pragma once

#include <cstdint>

namespace roost::rv64 {

struct Core;
struct Op;

/// Where a hart stands: the op to execute next and how many steps it may still take. op == nullptr: it leaves the
/// engine, and Core::leave says why.
struct Cursor {
  const Op* op;
  std::int64_t budget;
};

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
