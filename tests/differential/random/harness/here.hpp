// The room: the harness runs at two addresses: its physical one, in M-mode, and kHarnessVirtual, in the S-mode trap
// handler under paging. Its code is position independent; addresses that are stored are physical and pass through here.
#pragma once

#include <stdint.h>

extern "C" {
extern const uint64_t physical_anchor;  // holds the physical address of itself
}

namespace roost::random_programs {

inline uint64_t seen_from_here(uint64_t physical) {
  const auto here = reinterpret_cast<uint64_t>(&physical_anchor);
  return physical + (here - physical_anchor);
}

}  // namespace roost::random_programs
