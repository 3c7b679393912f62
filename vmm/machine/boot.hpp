// The room: what lies in RAM, and in a hart's registers, when a machine starts.
// Not here: harts and devices (machine).
// Invariants: firmware, image and boot data lie in RAM and do not overlap.
#pragma once

#include <cstdint>
#include <optional>

#include "sched/vocabulary/result.hpp"
#include "vmm/machine/machine.hpp"
#include "vmm/memory/address.hpp"
#include "vmm/memory/guest_ram.hpp"

namespace roost {

struct Boot {
  GuestPhys entry{};          // every hart's first pc, in M-mode
  GuestPhys device_tree{};    // a1
  GuestPhys firmware_info{};  // a2: OpenSBI's fw_dynamic_info: where its next stage starts
  std::optional<GuestPhys> tohost, fromhost;  // the image's
};

/// Fills fresh RAM from the config's firmware, image and arguments.
Result<Boot> prepare_boot(const MachineConfig& config, GuestRam& ram);

}  // namespace roost
