// The room: a hart with 64 MiB of RAM and a real clock for benchmarks, and a CoreMark-like mix of work for it.
#pragma once

#include <chrono>

#include "tests/vmm/rv64/scene.hpp"
#include "vmm/rv64/trap.hpp"

namespace roost::rv64 {

using namespace as;

/// A real clock: the engine reads one every few thousand instructions.
class HostClock final : public Clock {
 public:
  Time now() const override {
    return Time{std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())};
  }
};

struct BenchScene : Scene {
  BenchScene() : Scene(0, 64 << 20) {
    environment.clock = &host_clock;
    hart = std::make_unique<Hart>(environment, 0, VcpuId{0});
    hart->reset(kRam, 0);
    core().csr.mtvec = kTrapVector;
    core().csr.mstatus |= mstatus::kFs;
    core().pmp.write_address(0, ~0ULL);
    core().pmp.write_config(0, 0x1f);
  }
  /// Identity mapping of RAM by 4 KiB pages, and supervisor mode.
  void page() {
    const std::uint64_t tables = kRam + (48 << 20);
    put(tables + 2 * 8, (tables + 0x1000) >> 12 << 10 | 1);
    for (std::uint64_t i = 0; i < 32; ++i) {
      const std::uint64_t last = tables + 0x2000 + i * 0x1000;
      put(tables + 0x1000 + i * 8, last >> 12 << 10 | 1);
      for (std::uint64_t p = 0; p < 512; ++p) put(last + p * 8, (kRam + (i << 21) + (p << 12)) >> 12 << 10 | 0xcf);
    }
    core().csr.satp = 8ULL << 60 | tables >> 12;
    core().privilege = Privilege::Supervisor;
    update_regimes(core());
  }
  HostClock host_clock;
};

inline constexpr std::uint64_t kList = kData, kVectors = kData + 0x4000;

inline void prepare_mix(BenchScene& s) {
  constexpr std::uint64_t kNodes = 32;
  for (std::uint64_t i = 0; i < kNodes; ++i) {
    const std::uint64_t next = i + 1 < kNodes ? kList + ((i + 1) * 7 % kNodes) * 16 : 0;
    s.put(kList + (i * 7 % kNodes) * 16, next);
    s.put(kList + (i * 7 % kNodes) * 16 + 8, i);
  }
  s.x(s0) = kList;
  s.x(s1) = kVectors;
  s.x(s2) = kRam + 0x1000;  // the functions lie on a page of their own
  s.x(s3) = 0xa001;
  s.code(kRam, {jalr(ra, s2, 0), jalr(ra, s2, 0x100), jalr(ra, s2, 0x200), addi(s11, s11, 1), j(-16)});
  s.code(kRam + 0x1000, {mv(a0, s0), li(a1, 0), lw(t0, a0, 8), addiw(a2, t0, 3), add(a1, a1, a2), blt(a2, zero, 8),
                         ld(a0, a0, 0), bne(a0, zero, -20), add(s4, s4, a1), ret()});
  s.code(kRam + 0x1100, {mv(a0, s1), addi(a3, s1, 64), li(a1, 0), lh(t0, a0, 0), lh(t1, a0, 64), mul(t2, t0, t1),
                         op32(0, 0, a1, a1, t2), addi(t0, t0, 1), sh(t0, a0, 0), addi(a0, a0, 2), bne(a0, a3, -28),
                         add(s4, s4, a1), ret()});
  s.code(kRam + 0x1200, {andi(a0, s4, 255), li(a1, 8), xor_(s5, s5, a0), andi(t0, s5, 1), srli(s5, s5, 1),
                         beq(t0, zero, 8), xor_(s5, s5, s3), addi(a1, a1, -1), bne(a1, zero, -20), ret()});
}

}  // namespace roost::rv64
