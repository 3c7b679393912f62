// The room: the terminal while a guest owns the console: bytes as they are typed, echoed by the guest.
// Not here: Ctrl-C, which stays ours (run_io).
// Invariants: whatever was changed is put back by restore(), at the latest by the destructor.
#pragma once

#include <termios.h>

namespace roost {

class QuietTerminal {
 public:
  QuietTerminal() = default;  // changes nothing
  /// Does nothing where `descriptor` is no terminal, or one of which we are not in the foreground.
  void take(int descriptor);
  ~QuietTerminal() { restore(); }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;
  void restore();

 private:
  int descriptor_ = -1;  // -1: nothing to put back
  termios before_{};
};

}  // namespace roost
