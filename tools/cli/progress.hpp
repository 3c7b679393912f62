// The room: how far a long run has come, as a line on standard error now and then.
// Not here: measuring it (the worlds), the thread that looks (run_io).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "vmm/executor/live_clock.hpp"

namespace roost {

/// Where a run stands.
struct RunProgress {
  Duration done{0};          // of its own time
  std::uint64_t events = 0;  // handled; 0: live, nobody counts
};

/// "1.20 s of 10.0 s (12%), 5,600,000 events, 4.7M/s, 9.1 s left": after `took` of the host's time. `limit`:
/// Duration::max() if there is none, and then nothing is said of what is left.
std::string progress_text(const RunProgress& progress, Duration limit, Duration took);

struct ProgressWish {
  bool asked = false;      // --progress
  bool may = false;        // nothing else is written to the terminal meanwhile
  std::string label;       // "run 3 of 10: ", or empty
};

/// Shown on a terminal when it may be, and wherever it was asked for.
class Progress {
 public:
  Progress(const ProgressWish& wish, Duration limit, std::function<RunProgress()> look);
  ~Progress();  // clears its line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  bool on() const { return on_; }
  /// Called now and then, by one thread.
  void show();

 private:
  bool on_, terminal_, shown_ = false;
  std::string label_;
  Duration limit_;
  std::function<RunProgress()> look_;
  LiveClock clock_;
  Time began_;
};

}  // namespace roost
