#include "sched/idle/adaptive_poll.hpp"

#include <algorithm>

namespace roost {

namespace {

constexpr AdaptivePollRules kUsual;
constexpr std::int64_t kMostTimes = 1000;
constexpr ConstantInfo kConstants[]{
    time_constant("poll_start", "the least window but 0", kUsual.start, Duration{1}, std::chrono::milliseconds(10)),
    count_constant("poll_grow", "by which a window is multiplied that was too short", kUsual.grow, 1, kMostTimes),
    count_constant("poll_shrink", "by which one is divided after a wait beyond the most; 0: it ends", kUsual.shrink, 0,
                   kMostTimes),
    time_constant("poll_most", "the longest window, and the longest wait for which it grows", kUsual.most, Duration{0},
                  std::chrono::milliseconds(10)),
    kIdleTick,
};

}  // namespace

constexpr IdleEntry kAdaptivePollEntry{
    {"adaptive", "polls before it halts, for a time that follows how long it idles",
     "Linux 6.10 virt/kvm/kvm_main.c, halt polling", kConstants, "adaptive_poll"},
    [](const ConstantValues& constants) -> std::unique_ptr<IdleRule> {
      return std::make_unique<AdaptivePoll>(
          AdaptivePollRules{.start = constants.time("poll_start"), .grow = constants.count("poll_grow"),
                            .shrink = constants.count("poll_shrink"), .most = constants.time("poll_most")},
          constants.time("idle_tick"));
    }};

Duration AdaptivePoll::next_window(Duration window, Duration idled) const {
  if (idled <= window) return window;
  if (idled > rules_.most) {
    const Duration less = rules_.shrink == 0 ? Duration{0} : window / rules_.shrink;
    return less < rules_.start ? Duration{0} : less;
  }
  if (idled == rules_.most) return window;
  return std::min(std::max(window * rules_.grow, rules_.start), rules_.most);
}

}  // namespace roost
