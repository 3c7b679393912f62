// The room: finding code: from a pc to its decoded page, or to one instruction that no decoded page may hold.
// Not here: jumping there (exec_flow), decoding fields (decode).
#pragma once

#include <cstdint>

#include "vmm/rv64/architecture.hpp"
#include "vmm/rv64/core.hpp"

namespace roost::rv64 {

struct Fault {
  std::uint64_t address = 0;  // mtval
  Cause cause = Cause::None;
};

struct FoundCode {
  DecodedPage* page = nullptr;  // null without a fault: PMP splits the page, go instruction by instruction
  Cause fault = Cause::None;
};

FoundCode find_code(Core& core, std::uint64_t pc);

/// Makes core.code the single instruction at `pc`, checked halfword by halfword.
Fault fetch_single(Core& core, std::uint64_t pc);

Op decode_slot(const DecodedPage& page, std::size_t slot, bool observed);
std::uint32_t encoding_at(const DecodedPage& page, std::size_t slot);

}  // namespace roost::rv64
