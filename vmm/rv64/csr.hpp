// The room: control and status registers: which exist, who may use them, what they read, what a write leaves (WARL).
// Not here: the six CSR instructions (exec_system).
// Rules: behaves like `qemu-system-riscv64 -machine virt -cpu rv64` 7.2 without the extensions that this hart lacks.
// Deviations: no debug triggers; pmpcfg never holds W without R; MPP never holds 2; performance counters read 0.
#pragma once

#include <cstdint>

#include "vmm/rv64/core.hpp"

namespace roost::rv64 {

/// It exists, the mode may use it, and it is not written though read-only.
bool csr_allowed(const Core& core, unsigned number, bool write);

/// Of an allowed CSR. `budget` is that of the instruction which reads: counters count what retired before it.
std::uint64_t csr_read(Core& core, unsigned number, std::int64_t budget);

enum class CsrEffect { None, Resync };  // Resync: interrupts or translation may have changed
CsrEffect csr_write(Core& core, unsigned number, std::uint64_t value, std::int64_t budget);

/// What csrrs and csrrc set and clear bits of: csr_read, but for mip, where lines from outside must not stick.
std::uint64_t csr_read_to_modify(Core& core, unsigned number, std::int64_t budget);

}  // namespace roost::rv64
