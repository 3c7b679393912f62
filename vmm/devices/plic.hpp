// The room: SiFive's platform-level interrupt controller as on QEMU's `virt`: 95 wires in, two contexts a hart.
// Not here: who pulls the wires, what a hart does with its external interrupt.
//
//   0x000000 + 4*source              priority 0..7 (0: never)
//   0x001000 + 4*word                pending, read-only
//   0x002000 + 0x80*context + 4*word enable
//   0x200000 + 0x1000*context        threshold 0..7
//   0x200004 + 0x1000*context        read: claim, write: complete
//   context 2*hart is its M-mode, 2*hart + 1 its S-mode; source 0 is no source
//
// The gateway of a source (its wire is a level):
//
//            wire is high             claim                   complete
//   (quiet) --------------> pending ---------> in service --------------> pending if the wire is high now, else quiet
//
// A wire that falls before the claim does not take its request back. As in QEMU a claim sees only sources above the
// context's threshold, and any context may complete any source. What differs from QEMU 7.2, which has no gateway: there
// a device that touches its wire while it is served is pending again although the wire may be low by completion, one
// that leaves it high is forgotten, and a source that is enabled while it is pending is heard at the next other change.
// Invariants: a context's line is high exactly while a claim by it would return a source (once settled).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "vmm/devices/interrupt_line.hpp"
#include "vmm/memory/guarded.hpp"
#include "vmm/memory/mmio_device.hpp"

namespace roost {

class Plic final : public MmioDevice {
 public:
  static constexpr std::uint32_t kSources = 96;  // numbers 1 .. 95
  static constexpr std::uint32_t kPriorities = 7;

  /// One line per context.
  explicit Plic(std::vector<InterruptLine> contexts);

  bool accepts(std::uint64_t, unsigned size) const override { return size == 4; }
  std::uint64_t read(std::uint64_t offset, unsigned size) override;
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override;

  /// Any thread, no lock held: the wire of `source` has this level from now on.
  void set_wire(std::uint32_t source, bool level);

 private:
  static constexpr std::size_t kWords = kSources / 32;
  using SourceBits = std::array<std::uint32_t, kWords>;

  struct Context {
    SourceBits enable{};
    std::uint32_t threshold = 0;
  };
  struct State {
    explicit State(std::size_t context_count) : contexts(context_count) {}
    std::array<std::uint32_t, kSources> priority{};
    SourceBits wire{}, pending{}, in_service{};
    std::vector<Context> contexts;

    void ask(std::size_t word) { pending[word] |= wire[word] & ~in_service[word]; }
    std::uint32_t best(const Context& context) const;
    std::uint64_t read(std::uint64_t offset) const;
    std::uint32_t claim(Context& context);
    void write(std::uint64_t offset, std::uint32_t value);
    void complete(std::uint32_t source);
  };

  void settle();

  Guarded<State> state_;
  Settler settler_;
  // Only the thread that settles touches these.
  struct Output {
    InterruptLine line;
    bool wanted = false, told = false;
  };
  std::vector<Output> outputs_;
};

}  // namespace roost
