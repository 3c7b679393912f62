// The room: the machine that this guest found itself in.
#pragma once

#include <stdint.h>

namespace guest {

struct Platform {
  uint64_t harts = 0;
  uint64_t memory_start = 0;
  uint64_t memory_bytes = 0;
  uint64_t ticks_per_second = 10'000'000;
  const char* arguments = "";  // /chosen/bootargs
  const void* tree = nullptr;  // the device tree itself: the arena ends before it
  uint64_t started_at_ticks = 0;
  uint64_t worked_until_ticks = 0;  // the end of the last body that all harts ran; 0: none yet
};

const Platform& platform();

}  // namespace guest
