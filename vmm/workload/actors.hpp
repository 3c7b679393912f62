// The room: how many of a run's scripted vCPUs may still act by themselves. Once none may and not all have ended, the
//   run has got stuck: each waits for another.
// Not here: who waits for what (shared_object), ending the run (whoever is told).
// Invariants: who acts counts once, and so does everyone to whom something was handed and who has not taken it yet.
//   A vCPU acts from its start until it waits, and from when what it waits for is handed to it; it need not run: it may
//   sleep, wait for a pCPU or poll. Only one who acts itself lets another act, and does so before it rests. So nobody
//   can raise the count from 0, whatever the threads' order: there is nothing to look at twice.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

namespace roost {

class Actors {
 public:
  /// `stuck` is called once, by the thread of the last who rested.
  explicit Actors(std::function<void()> stuck) : stuck_(std::move(stuck)) {}

  // ---- before the run ----
  /// One more vCPU that has to end.
  void expect() { unfinished_.fetch_add(1, std::memory_order_relaxed); }

  // ---- any thread ----
  /// One more acts: said before the run, or by one who acts. Relaxed: the partner is the rest() of the same one, which
  /// comes after it by what was handed over.
  void act() { acting_.fetch_add(1, std::memory_order_relaxed); }
  /// One acts no more, by itself; or what was handed to it will never be taken.
  /// Release: what it did before; acquire, by the last: what all have done, also finish().
  void rest() {
    const bool last = acting_.fetch_sub(1, std::memory_order_acq_rel) == 1;
    if (last && unfinished_.load(std::memory_order_relaxed) > 0) stuck_();
  }
  /// A vCPU has ended; it rests after this.
  void finish() { unfinished_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  std::function<void()> stuck_;
  std::atomic<std::uint64_t> acting_{0}, unfinished_{0};
};

}  // namespace roost
