// The room: decoding of F and D.
#pragma once

#include "vmm/rv64/encoding.hpp"
#include "vmm/rv64/op.hpp"

namespace roost::rv64 {

Op decode_fp(Instruction in);        // OP-FP
Op decode_fp_fused(Instruction in);  // the four fused multiply-adds
Op decode_fp_load(Instruction in, unsigned slots, bool observed);
Op decode_fp_store(Instruction in, unsigned slots, bool observed);

}  // namespace roost::rv64
