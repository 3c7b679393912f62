// The room: the handlers of SYSTEM and MISC-MEM: CSR access, ecall and its kin, xRET, WFI, fences (unpriv 2.7-2.8, 5,
// 10, priv 3.3, 4.2). All are 4 bytes long, but for c.ebreak.
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

}  // namespace roost::rv64
