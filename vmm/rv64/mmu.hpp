// The room: from guest-virtual to guest-physical: Sv39 and Sv48 (priv 4.4, 4.5), with hardware update of A and D.
// Not here: the TLBs, PMP of the final address (memory_access, fetch).
// Invariants: page tables are read and written only in RAM and only where PMP lets supervisor accesses go; a PTE's A
// and D are set by compare-exchange on exactly the PTE that was checked.
#pragma once

#include <cstdint>

#include "vmm/rv64/architecture.hpp"
#include "vmm/rv64/core.hpp"

namespace roost::rv64 {

struct Translation {
  std::uint64_t physical = 0;
  Cause fault = Cause::None;
};

Translation translate(Core& core, std::uint64_t virtual_address, Access access, Privilege privilege);

}  // namespace roost::rv64
