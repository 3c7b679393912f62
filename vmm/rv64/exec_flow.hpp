// The room: how control leaves the straight line: into another page, out of the engine, into a trap.
// Not here: what a trap does to the CSRs (trap), translation (mmu).
// Invariants: all of these end by handing back a Cursor, so a handler may end with any of them.
#pragma once

#include <cstdint>

#include "vmm/rv64/architecture.hpp"
#include "vmm/rv64/core.hpp"
#include "vmm/rv64/op.hpp"

namespace roost::rv64 {

// Handlers of ops that are no instruction; they take no budget.
Cursor decode_and_run(Core& core, const Op* op, std::int64_t budget);  // a slot that was never reached before
Cursor leave_page(Core& core, const Op* op, std::int64_t budget);      // behind the last slot: enter the next page
Cursor run_across_pages(Core& core, const Op* op, std::int64_t budget);  // its second half lies on the next page

/// Goes on at `pc`, whatever the mode and the mapping are now.
Cursor resume(Core& core, std::uint64_t pc, std::int64_t budget);
/// The same after something that interrupts or translation depend on has changed.
Cursor resync(Core& core, std::uint64_t pc, std::int64_t budget);
/// A store that left RAM has retired; the machine may have ended by it, or an interrupt line moved.
Cursor after_outside_store(Core& core, std::uint64_t next_pc, std::int64_t budget);
/// The instruction at `op` raises an exception (and does not retire).
Cursor raise(Core& core, const Op* op, std::int64_t budget, Cause cause, std::uint64_t value);
/// It is illegal: mtval is its encoding.
Cursor raise_illegal(Core& core, const Op* op, std::int64_t budget);
/// Out of the engine; what comes next is at `pc`.
Cursor leave_engine(Core& core, std::uint64_t pc, std::int64_t budget, ExitWhy why);

/// The encoding of the instruction at `op`, as it was decoded.
std::uint32_t encoding_of(const Core& core, const Op* op);

void flush_fetch(Core& core);

}  // namespace roost::rv64
