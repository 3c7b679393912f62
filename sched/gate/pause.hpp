// The room: a vCPU that spins has come out of its guest: it goes on, gives way to whoever is next, or to a sibling.
// Not here: when a spin shows (engines and worlds look at PauseRule::window), switching (executor).
// Rules: a guest's spin shows by pause hints (Zihintpause) and waits on reservations (Zawrs), a script's by its word.
//   `stay`: it shows nowhere, and lasts until the slice ends. `yield`: after `spin` of spinning the vCPU gives up the
//   rest of its slice, whoever waits, as in Xen (vmx.c, EXIT_REASON_PAUSE_INSTRUCTION). `directed`: after
//   `spin` it gives way to one vCPU of its VM that waits for a pCPU and may hold what it spins for, as
//   kvm_vcpu_on_spin() does (Linux 6.1 virt/kvm/kvm_main.c): the next in turn behind the one chosen last, without those
//   that gave way because they spun themselves, but every second time that one of these is looked at. If nobody is
//   found it spins on. The chosen one runs next:
//   - in the same runqueue, for what is left of the spinner's slice: its VM has no more of the pCPU than before.
//   - in another one instead of whoever runs there, for `lend`, on credit of that pCPU: an eighth of its time at most
//     is given so, but kInARow boosts may follow each other.
//   Whoever was chosen pays by its own books for what it runs, and then gives way like one that yields.
// Constants: spin, 2.5 us: 4096 cycles, KVM's and Xen's ple_window: shorter exits for locks that were about to be
//   free, longer burns more of a slice. lend, 100 us: longer than critical sections, shorter than what the displaced
//   one would notice.
// Deviations: KVM's window doubles as long as a vCPU is not switched out; here it stays. KVM makes the chosen one the
//   next of its CPU and lets CFS decide how long it runs. Guests are not asked whether they spin in the kernel. A hart
//   in virtual time comes out after 2.5 us of pause hints, whatever `spin` is. Under disciplines whose most urgent run
//   at any time (edf, rtds, reservations) nobody is chosen: a deadline is nothing that can be lent. Nor is who waits
//   for its cap's next period.
// Not work-conserving when: never: somebody who waits runs earlier.
// Invariants: a window and a boost are longer than nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "sched/vocabulary/constants.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

struct PauseRule {
  enum class Then : std::uint8_t { Stay, Yield, Direct };
  Then then = Then::Stay;
  Duration window = Duration::max();  // of spinning, then it comes out; max: it does not
  Duration boost{0};
};

/// What the catalog knows of one.
struct PauseEntry {
  PieceInfo info;
  PauseRule (*make)(const ConstantValues& constants);
};

extern const PauseEntry kStayEntry, kYieldEntry, kDirectedEntry;

/// How much of a pCPU's time may be given to those who are chosen.
class BoostCredit {
 public:
  static constexpr std::int64_t kPart = 8, kInARow = 8;
  /// A boost of that length, if there is credit for it.
  bool take(Time now, Duration boost) {
    if (full_at_ > now + boost * (kPart * (kInARow - 1))) return false;
    full_at_ = (full_at_ > now ? full_at_ : now) + boost * kPart;
    return true;
  }

 private:
  Time full_at_{};  // when nothing of it is used any more
};

/// Of `siblings`, the vCPUs of a VM, the first behind place `last` that may be chosen, then from the front to it.
/// `may_be(vcpu)` is asked of each once, in that order, but of `self`. Its place, or none.
template <typename MayBe>
std::optional<std::size_t> next_to_boost(std::span<const VcpuId> siblings, std::size_t last, VcpuId self,
                                         MayBe may_be) {
  for (std::size_t step = 1; step <= siblings.size(); ++step) {
    const std::size_t place = (last + step) % siblings.size();
    if (siblings[place] != self && may_be(siblings[place])) return place;
  }
  return std::nullopt;
}

}  // namespace roost
