// The room: RV64C: the 32-bit instruction that a compressed one stands for (unpriv 16).
#pragma once

#include <cstdint>

namespace roost::rv64 {

/// 0, itself illegal, for encodings that are reserved or not ours.
std::uint32_t expand(std::uint16_t bits);

}  // namespace roost::rv64
