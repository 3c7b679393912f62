// The room: the fields of a 32-bit instruction (unpriv 2.3).
// Not here: compressed instructions (expand), what the fields mean (decode).
#pragma once

#include <cstdint>

namespace roost::rv64 {

constexpr std::int32_t sign_extend(std::uint32_t value, unsigned bits) {
  const unsigned shift = 32 - bits;
  return static_cast<std::int32_t>(value << shift) >> shift;
}

struct Instruction {
  std::uint32_t bits;

  constexpr std::uint32_t field(unsigned low, unsigned width) const { return (bits >> low) & ((1U << width) - 1); }
  constexpr std::uint32_t opcode() const { return field(0, 7); }
  constexpr std::uint8_t rd() const { return static_cast<std::uint8_t>(field(7, 5)); }
  constexpr std::uint8_t rs1() const { return static_cast<std::uint8_t>(field(15, 5)); }
  constexpr std::uint8_t rs2() const { return static_cast<std::uint8_t>(field(20, 5)); }
  constexpr std::uint8_t rs3() const { return static_cast<std::uint8_t>(field(27, 5)); }
  constexpr std::uint32_t funct3() const { return field(12, 3); }
  constexpr std::uint32_t funct7() const { return field(25, 7); }

  constexpr std::int32_t imm_i() const { return static_cast<std::int32_t>(bits) >> 20; }
  constexpr std::int32_t imm_s() const { return sign_extend(funct7() << 5 | rd(), 12); }
  constexpr std::int32_t imm_b() const {
    return sign_extend(field(31, 1) << 12 | field(7, 1) << 11 | field(25, 6) << 5 | field(8, 4) << 1, 13);
  }
  constexpr std::int32_t imm_u() const { return static_cast<std::int32_t>(bits & 0xfffff000); }
  constexpr std::int32_t imm_j() const {
    return sign_extend(field(31, 1) << 20 | field(12, 8) << 12 | field(20, 1) << 11 | field(21, 10) << 1, 21);
  }
};

/// The lowest two bits of an instruction's first halfword tell its length.
constexpr bool is_compressed(std::uint16_t first) { return (first & 3) != 3; }

}  // namespace roost::rv64
