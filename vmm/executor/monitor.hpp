// The room: the look at a whole run that is always on in the simulated world: is every vCPU in one place, is none
//   forgotten, does none wait beyond its discipline's bound, does no pCPU idle beyond the policy's window while a vCPU
//   that may use it waits, and do not several take turns at waiting in one runqueue meanwhile?
// Not here: what single steps must keep (check() in the dispatcher, in both worlds), that time adds up (close()).
// Invariants: it changes nothing and costs no virtual time (its price in host time: a look at every vCPU
//   each period). A breach is a CheckFailure whose text is the whole story: who, where, since when, why no kick.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "sched/trace/event.hpp"
#include "sched/vocabulary/check.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "vmm/executor/dispatcher.hpp"

namespace roost {

class Monitor {
 public:
  static constexpr std::size_t kLastEvents = 50;
  /// How often it looks, in virtual time, if no window is stated; otherwise four times a window at least.
  static constexpr Duration kPeriod = std::chrono::milliseconds(20);
  /// The window of a pCPU and a vCPU in one runqueue, whatever the policy: a call takes a kick and an exit from sleep,
  /// and a few of them one after the other.
  static constexpr Duration kSharedWindow = std::chrono::milliseconds(20);

  /// No policy is held to less: slices that overrun, a kick and waking from a sleep take their time.
  static constexpr Duration kLeastWindow = std::chrono::milliseconds(2);

  /// What the world knows of a kick of `pcpu`: is one on its way, or arrived and not yet taken?
  using KickUnderWay = std::function<bool(PcpuId)>;

  void note(const Event& event) { last_[noted_++ % kLastEvents] = event; }
  /// When to look next.
  Time due() const { return due_; }
  /// Looks at a dispatcher in which nobody is. Throws CheckFailure.
  void look(const Dispatcher& dispatcher, const KickUnderWay& kick_under_way, Time now);
  /// Throws `breach`, the monitor's or a check()'s, with the last events beneath its sentence.
  [[noreturn]] void tell_story(const CheckFailure& breach) const;

 private:
  struct Idle {  // of a pCPU: how long without a vCPU
    std::uint64_t switches = 0;
    Time since = kNever;  // kNever: it runs something
  };
  void look_at_pcpus(const Dispatcher& dispatcher, const KickUnderWay& kick_under_way, Time now);
  void look_at_vcpus(const Dispatcher& dispatcher, Time now) const;
  /// A discipline that loses a vCPU is found at once, not when it has nobody else to pick.
  static void look_for_starving(const Dispatcher& dispatcher, Time now);
  static void look_at_counts(const Dispatcher& dispatcher);
  void look_for_idle(const Dispatcher& dispatcher, VcpuId waiting, Duration waits, Time now) const;
  Time judged_since(const Dispatcher& dispatcher, VcpuId waiting, Time now) const;
  struct Gathering {  // of those who may be in one runqueue
    PcpuSet may_use;            // by all of them
    bool held_back = false;     // some were, by their discipline
  };
  static bool is_slower(const Dispatcher& dispatcher, PcpuId idle, PcpuId from);
  static Gathering gathering_at(const Dispatcher& dispatcher, PcpuId lead, Time since, Time now);
  void look_at_runqueues(const Dispatcher& dispatcher, Time now) const;
  std::string last_events() const;

  bool idles_long(PcpuId pcpu, Duration window, Time now) const {
    return window != Duration::max() && idle_[pcpu].since != kNever && now - idle_[pcpu].since > window;
  }
  /// How long somebody may wait in `from`'s runqueue while `idle` idles.
  Duration window_between(const Dispatcher& dispatcher, PcpuId from, PcpuId idle) const {
    const RunqueueMap& map = dispatcher.runqueue_map();
    const Duration window = std::max(dispatcher.policy_at(from).balancer->window(), kLeastWindow);
    return map.of(from) == map.of(idle) ? std::min(window, kSharedWindow) : window;
  }

  Duration window_{0};    // the policy's, the shortest of the pools', when it last looked
  Duration shortest_{0};  // of all between a vCPU and a pCPU
  Time due_{};
  IdVector<PcpuId, Idle> idle_;
  std::size_t running_ = 0;  // pCPUs that run something
  bool idles_long_ = false;  // some pCPU has idled for a window
  bool speeds_differ_ = false;
  std::array<Event, kLastEvents> last_{};
  std::uint64_t noted_ = 0;
};

}  // namespace roost
