// The room: the far ends of interrupt wires, for device tests.
#pragma once

#include <vector>

#include "vmm/devices/interrupt_line.hpp"

namespace roost::kit {

/// Remembers a line's level and every time it was told.
struct FakeLine {
  bool level = false;
  std::vector<bool> told;

  InterruptLine wire() {
    return [this](bool now) {
      level = now;
      told.push_back(now);
    };
  }
};

}  // namespace roost::kit
