#include "sched/gate/pause.hpp"

namespace roost {

namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

constexpr ConstantInfo kWindow =
    time_constant("spin", "of spinning before it comes out", nanoseconds(2500), microseconds(1),
                  std::chrono::seconds(1));
constexpr ConstantInfo kYieldConstants[]{kWindow};
constexpr ConstantInfo kDirectedConstants[]{
    kWindow, time_constant("lend", "how long one of another runqueue runs instead of whoever runs there",
                           microseconds(100), microseconds(1), microseconds(100))};

}  // namespace

constexpr PauseEntry kStayEntry{
    {"stay", "who spins does so until its slice ends", "Roost", {}, "pause"},
    [](const ConstantValues&) { return PauseRule{}; }};

constexpr PauseEntry kYieldEntry{
    {"yield", "who spins gives way to whoever is next", "Xen arch/x86/hvm/vmx/vmx.c", kYieldConstants, "pause"},
    [](const ConstantValues& constants) {
      return PauseRule{.then = PauseRule::Then::Yield, .window = constants.time("spin")};
    }};

constexpr PauseEntry kDirectedEntry{
    {"directed", "who spins gives way to a sibling that waits: it may hold the lock",
     "Linux 6.1 virt/kvm/kvm_main.c, kvm_vcpu_on_spin()", kDirectedConstants, "pause"},
    [](const ConstantValues& constants) {
      return PauseRule{.then = PauseRule::Then::Direct, .window = constants.time("spin"),
                       .boost = constants.time("lend")};
    }};

}  // namespace roost
