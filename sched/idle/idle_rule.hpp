// The room: how an idle pCPU waits: for how long it polls before it halts, and whether it keeps its tick.
// Not here: polling, halting and ticking (the worlds), what they cost (cost_model), what an idle pCPU takes (balance).
// Rules: a rule is a value without state. How long a pCPU may poll, its window, is kept by whoever asks.
// Invariants: a window is never negative; Duration::max() is one without an end.
#pragma once

#include <memory>

#include "sched/vocabulary/constants.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

class IdleRule {
 public:
  virtual ~IdleRule() = default;
  /// The window of a pCPU that has not idled yet.
  virtual Duration first_window() const = 0;
  /// It could poll for `window`, and had nothing to run for `idled`: its window for the next time.
  virtual Duration next_window(Duration window, Duration idled) const = 0;
  /// Between two ticks of an idle pCPU, at each of which it looks for work as if it had just run dry; 0: it has none.
  Duration tick() const { return tick_; }

 protected:
  explicit IdleRule(Duration tick) : tick_(tick) {}

 private:
  Duration tick_;
};

/// What every rule's entry has.
inline constexpr ConstantInfo kIdleTick =
    time_constant("idle_tick", "between two looks of an idle pCPU for work elsewhere; 0: it has no tick", Duration{0},
                  Duration{0}, std::chrono::seconds(1));

/// What the catalog knows of one.
struct IdleEntry {
  PieceInfo info;
  std::unique_ptr<IdleRule> (*make)(const ConstantValues& constants);
};

}  // namespace roost
