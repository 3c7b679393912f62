// The room: where things are on the board: QEMU's `virt`, version 7.2.
#pragma once

#include <cstdint>

#include "vmm/memory/address.hpp"

namespace roost {

struct Window {
  GuestPhys base;
  std::uint64_t size;
};

inline constexpr Window kFinisherWindow{GuestPhys{0x10'0000}, 0x1000};
inline constexpr Window kClintWindow{GuestPhys{0x200'0000}, 0x1'0000};
inline constexpr Window kPlicWindow{GuestPhys{0xc00'0000}, 0x60'0000};
inline constexpr Window kUartWindow{GuestPhys{0x1000'0000}, 0x100};
inline constexpr GuestPhys kRamBase{0x8000'0000};

inline constexpr std::uint32_t kUartIrq = 10;
inline constexpr std::uint32_t kUartClockHz = 3'686'400;
inline constexpr std::uint32_t kTimebaseHz = 10'000'000;

inline constexpr std::uint32_t kMaxVcpus = 512;                 // as many as the PLIC's window has contexts for
inline constexpr std::uint64_t kMinMemory = 2ULL << 20;
inline constexpr std::uint64_t kMaxMemory = 1ULL << 46;  // sizes stay far from the end of the 56-bit address space
inline constexpr std::uint64_t kMemoryGranule = 4096;
inline constexpr std::uint64_t kImageAfterFirmware = 2ULL << 20;  // OpenSBI's jump address is RAM + 2 MiB

}  // namespace roost
