// The room: why a run ended, and how it is asked to end early.
#pragma once

#include <atomic>

namespace roost {

enum class RunEnd {
  AllStopped,
  TimeLimit,
  Interrupted,
  Stuck,  // nothing will ever happen again, and not all have stopped
};

/// A world's wish to end before all have stopped. All members: any thread, also a signal handler.
class CutOff {
 public:
  /// The first reason stays.
  void ask(RunEnd why) {
    RunEnd not_yet = RunEnd::AllStopped;
    why_.compare_exchange_strong(not_yet, why, std::memory_order_acq_rel, std::memory_order_relaxed);
  }
  bool asked() const { return why_.load(std::memory_order_relaxed) != RunEnd::AllStopped; }
  /// What was asked for, or `usual`.
  RunEnd or_else(RunEnd usual) const {
    const RunEnd why = why_.load(std::memory_order_acquire);
    return why == RunEnd::AllStopped ? usual : why;
  }

 private:
  std::atomic<RunEnd> why_{RunEnd::AllStopped};  // AllStopped: nobody asked
};

}  // namespace roost
