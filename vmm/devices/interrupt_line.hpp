// The room: a device's interrupt wire, and how its level gets out of the device without a lock and without disorder.
// Not here: what is at the other end (machine/assemble connects it).
//
// A device changes its state under its own lock, and must tell the new level only after it has dropped that lock (a
// raise ends in the scheduler, which takes locks of its own). Two vCPU threads could then tell their levels in the
// wrong order: the line would stay low although the last state wants it high, and a wakeup would be lost. So nobody
// tells the level that he has computed. Whoever has changed the state calls Settler::settle(tell): one thread at a
// time runs `tell`, which reads the state afresh; everybody else leaves a note that the state has changed once more,
// and the running thread does not stop before a `tell` has begun after the last note.
// Why that is enough: the note is a fetch_add, the end a compare-exchange from the count that was seen before `tell`
// began. In the counter's single order a note comes either before that look (then `tell`, begun later, reads a state at
// least as new: acquire of the noter's release) or after it (then the exchange fails and `tell` runs again).
// What the caller may not assume: that the line has its level when settle() returns; another thread may be about to
// tell it. A real wire is no faster.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace roost {

/// Any thread, no lock held, one call at a time. True raises the line.
using InterruptLine = std::function<void(bool level)>;

class Settler {
 public:
  template <typename Tell>
  void settle(Tell&& tell) {
    if (notes_.fetch_add(1, std::memory_order_acq_rel) != 0) return;
    std::uint64_t seen = 1;
    do {
      tell();
    } while (!notes_.compare_exchange_strong(seen, 0, std::memory_order_acq_rel));
  }

 private:
  std::atomic<std::uint64_t> notes_{0};  // changes not yet told; 0: nobody is telling
};

}  // namespace roost
