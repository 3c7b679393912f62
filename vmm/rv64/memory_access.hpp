// The room: loads and stores that no TLB entry answers: translation, PMP, filling the TLB, misalignment, devices,
// tohost.
// Not here: the hit path (exec_memory), atomics (exec_a).
// Invariants: a store is checked whole before its first byte is written; tohost's page never enters a store TLB.
#pragma once

#include <cstdint>

#include "vmm/rv64/architecture.hpp"
#include "vmm/rv64/core.hpp"

namespace roost::rv64 {

struct Loaded {
  std::uint64_t value = 0;  // not sign-extended
  bool ok = false;          // false: core.fault_cause and core.fault_address say why
};
Loaded load_slow(Core& core, std::uint64_t address, unsigned size);

enum class Stored {
  Done,
  Outside,  // done, and a device or the machine may have changed what holds for this hart
  Faulted,  // core.fault_cause and core.fault_address say why
};
Stored store_slow(Core& core, std::uint64_t address, unsigned size, std::uint64_t value);

/// The physical address of a range within one page that may be accessed so.
struct Resolved {
  std::uint64_t physical = 0;
  bool ok = false;
};
Resolved resolve(Core& core, std::uint64_t address, unsigned size, Access access);

/// Remembers in the TLB that all of `address`'s page may be accessed so, if that is true.
void remember(Core& core, std::uint64_t address, std::uint64_t physical, Access access);

/// True if [physical, physical + size) overlapped tohost, and its owner was told.
bool tell_tohost(const Core& core, std::uint64_t physical, unsigned size);

inline void set_fault(Core& core, Cause cause, std::uint64_t address) {
  core.fault_cause = cause;
  core.fault_address = address;
}

}  // namespace roost::rv64
