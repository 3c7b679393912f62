// The room: any bytes as a program of stores, loads and wires against the devices, for fuzzers and random tests.
// Invariants checked after every step: a line is never told the level it has; the PLIC's lines are high exactly while a
// claim would give a source; the UART's line is high exactly while IIR names an interrupt.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sched/vocabulary/check.hpp"
#include "tests/kit/fake_clock.hpp"
#include "vmm/devices/clint.hpp"
#include "vmm/devices/console_output.hpp"
#include "vmm/devices/finisher.hpp"
#include "vmm/devices/plic.hpp"
#include "vmm/devices/uart16550.hpp"

namespace roost::kit {

class DeviceScript {
 public:
  static constexpr std::size_t kStepBytes = 8;
  static constexpr std::uint32_t kHarts = 3;

  void run(std::span<const std::uint8_t> script) {
    for (; script.size() >= kStepBytes; script = script.subspan(kStepBytes)) {
      step(script.first<kStepBytes>());
      check_invariants();
    }
  }

 private:
  struct Line {
    bool level = false;
    InterruptLine wire() {
      return [this](bool now) {
        check(now != level, "a line is never told the level it has");
        level = now;
      };
    }
  };

  /// [0] what, [1] size, [2..3] offset within the device or region, [4..7] value.
  void step(std::span<const std::uint8_t, kStepBytes> bytes) {
    const unsigned size = 1u << bytes[1] % 4;
    const std::uint64_t low = bytes[2] | bytes[3] << 8;
    const std::uint64_t narrow = bytes[4] | bytes[5] << 8 | bytes[6] << 16 | std::uint64_t{bytes[7]} << 24;
    const std::uint64_t stored = narrow | narrow << 32;
    const std::uint64_t offset = (bytes[1] & 0x10 ? low : low % 0x80) & ~std::uint64_t{size - 1};
    const bool store = bytes[0] & 0x80;
    switch (bytes[0] % 8) {
      case 0: return access(uart_, offset % 0x100, size, store, stored);
      case 1: return access(clint_, offset, size, store, stored);
      case 2: return access(clint_, 0x4000 + offset % 0x80, size, store, stored);
      case 3: return access(plic_, offset % 0x1008, size, store, stored);
      case 4: return access(plic_, 0x2000 + (low % 0x400 & ~3ULL), 4, store, stored);
      case 5: return access(plic_, 0x20'0000 + 0x1000 * (low % 16) + (low >> 12 & 4), 4, store, stored % 128);
      case 6: return plic_.set_wire(1 + bytes[2] % (Plic::kSources - 1), store);
      default: return from_outside(bytes[2], store, stored);
    }
  }

  void access(MmioDevice& device, std::uint64_t offset, unsigned size, bool store, std::uint64_t stored) {
    if (!device.accepts(offset, size)) return;
    if (store) {
      device.write(offset, size, stored);
    } else {
      device.read(offset, size);
    }
  }

  void from_outside(std::uint8_t what, bool store, std::uint64_t stored) {
    clock_.advance(Duration{what});
    if (store) uart_.receive(std::string(what, 'x'));
    finisher_.write(what % 8, 4, stored);
  }

  /// Out of the PLIC's own registers, without a claim.
  bool would_claim(std::uint32_t context) {
    const std::uint64_t threshold = plic_.read(0x20'0000 + 0x1000 * context, 4);
    for (std::uint32_t word = 0; word < Plic::kSources / 32; ++word) {
      std::uint64_t asked = plic_.read(0x1000 + 4 * word, 4) & plic_.read(0x2000 + 0x80 * context + 4 * word, 4);
      for (std::uint32_t source = 32 * word; asked != 0; ++source, asked >>= 1)
        if ((asked & 1) && plic_.read(4 * source, 4) > threshold) return true;
    }
    return false;
  }

  void check_invariants() {
    for (std::uint32_t context = 0; context < 2 * kHarts; ++context) {
      const bool level = contexts_[context].level;
      check(level == would_claim(context), "a context's line is high exactly while a claim gives a source");
    }
    const bool raised = uart_line_.level;  // reading IIR may lower it
    const bool named = (uart_.read(2, 1) & 1) == 0;
    check(raised == named, "the UART's line is high exactly while IIR names an interrupt");
  }

  FakeClock clock_;
  std::array<Line, 2 * kHarts> contexts_;
  std::array<bool, kHarts> msip_{};
  Line uart_line_;
  ConsoleOutput console_{[](std::string_view bytes) { check(bytes.size() == 1, "the UART prints byte by byte"); }};
  Plic plic_{[this] {
    std::vector<InterruptLine> lines;
    for (Line& line : contexts_) lines.push_back(line.wire());
    return lines;
  }()};
  Clint clint_{clock_, clock_.now(), [this] {
                 std::vector<Clint::HartLines> lines;
                 for (bool& msip : msip_) lines.push_back({[&msip](bool now) { msip = now; }, [](std::uint64_t) {}});
                 return lines;
               }()};
  Uart16550 uart_{console_, uart_line_.wire()};
  Finisher finisher_{[](int code) { check(code >= 0 && code <= 0xffff, "an exit code has 16 bits"); }};
};

}  // namespace roost::kit
