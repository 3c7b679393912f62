// The room: the handlers of SYSTEM and MISC-MEM: CSR access, ecall and its kin, xRET, WFI, fences (unpriv 2.7-2.8, 5,
// 10, priv 3.3, 4.2), and the waits of Zihintpause and Zawrs. All are 4 bytes long, but for c.ebreak.
// Rules: wrs.nto and wrs.sto (Zawrs 1.0) stall until the reservation set is invalid or an interrupt is pending that mie
//   enables, whatever mstatus says; sto for a short time at most. They may complete earlier for any reason, and here
//   always do, as on QEMU: what would have stalled counts as a pause, one turn of a loop that spins, so a hart that
//   waits leaves its pCPU by the same gate, and no guest can hang in one. The reservation is given up. Where mstatus.TW
//   is set, below M mode, a wrs.nto that would stall for longer than a bound is illegal; the bound is nothing, as that
//   of WFI. What invalidates a reservation set is what SC would see (exec_a.hpp).
#pragma once

#include <cstdint>

#include "vmm/rv64/op.hpp"

namespace roost::rv64 {

enum class CsrAction { Write, Set, Clear };

// imm: the CSR's number; rs1: the register, or the immediate itself.
template <CsrAction Action, bool Immediate>
Cursor csr_access(Core& core, const Op* op, std::int64_t budget);

Cursor ecall(Core& core, const Op* op, std::int64_t budget);
Cursor ebreak(Core& core, const Op* op, std::int64_t budget);
Cursor mret(Core& core, const Op* op, std::int64_t budget);
Cursor sret(Core& core, const Op* op, std::int64_t budget);
Cursor wfi(Core& core, const Op* op, std::int64_t budget);
Cursor sfence_vma(Core& core, const Op* op, std::int64_t budget);
Cursor fence_i(Core& core, const Op* op, std::int64_t budget);
Cursor fence_full(Core& core, const Op* op, std::int64_t budget);     // orders earlier writes before later reads, too
Cursor fence_partial(Core& core, const Op* op, std::int64_t budget);  // any lesser one
Cursor pause(Core& core, const Op* op, std::int64_t budget);
enum class Wrs { NoTimeout, ShortTimeout };
template <Wrs Kind>
Cursor wait_on_reservation(Core& core, const Op* op, std::int64_t budget);

}  // namespace roost::rv64
