#include "tools/cli/quiet_terminal.hpp"

#include <unistd.h>

namespace roost {

void QuietTerminal::take(int descriptor) {
  if (::isatty(descriptor) == 0 || ::tcgetpgrp(descriptor) != ::getpgrp()) return;
  if (::tcgetattr(descriptor, &before_) != 0) return;
  termios quiet = before_;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  quiet.c_cc[VMIN] = 1;
  quiet.c_cc[VTIME] = 0;
  if (::tcsetattr(descriptor, TCSANOW, &quiet) == 0) descriptor_ = descriptor;
}

void QuietTerminal::restore() {
  if (descriptor_ < 0) return;
  ::tcsetattr(descriptor_, TCSANOW, &before_);
  descriptor_ = -1;
}

}  // namespace roost
