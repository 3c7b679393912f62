// The room: pCPUs as bits of words: bit i of word w is pCPU 64 w + i.
// Not here: sets of them (pcpu_set), parts of the host (topology), flags (what they mean: whoever keeps them).
// Invariants: none; pure arithmetic.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "sched/vocabulary/ids.hpp"

namespace roost {

constexpr std::size_t words_for(std::size_t pcpus) { return (pcpus + 63) / 64; }
constexpr std::size_t word_of(PcpuId pcpu) { return index(pcpu) / 64; }
/// Within its word.
constexpr std::uint64_t bit_of(PcpuId pcpu) { return 1ULL << (index(pcpu) % 64); }
/// Its bit, if it is in word `w`.
constexpr std::uint64_t bit_in(PcpuId pcpu, std::size_t w) { return word_of(pcpu) == w ? bit_of(pcpu) : 0; }
/// Of those in word `w`, of which there are some.
constexpr PcpuId lowest_in(std::size_t w, std::uint64_t bits) {
  return id_at<PcpuId>(64 * w + static_cast<std::size_t>(std::countr_zero(bits)));
}
/// In rising order.
template <typename Visit>
void for_each_in(std::size_t w, std::uint64_t bits, Visit visit) {
  for (; bits != 0; bits &= bits - 1) visit(lowest_in(w, bits));
}

}  // namespace roost
