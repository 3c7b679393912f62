// The room: a set of pCPUs (affinity, domain span, idle ones), as a bitmap of any size.
// Invariants: iteration is in rising id order; bits past size() are zero.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "sched/vocabulary/ids.hpp"

namespace roost {

class PcpuSet {
 public:
  PcpuSet() = default;

  static PcpuSet first(std::size_t count) {  // pCPUs 0 .. count-1
    PcpuSet set;
    for (std::size_t i = 0; i < count; ++i) set.insert(id_at<PcpuId>(i));
    return set;
  }

  void insert(PcpuId p) {
    if (index(p) / 64 >= words_.size()) words_.resize(index(p) / 64 + 1);
    words_[index(p) / 64] |= bit(p);
  }
  void erase(PcpuId p) {
    if (index(p) / 64 < words_.size()) words_[index(p) / 64] &= ~bit(p);
  }
  bool contains(PcpuId p) const { return index(p) / 64 < words_.size() && (words_[index(p) / 64] & bit(p)); }
  /// Its members from 64 * w on, bit by bit.
  std::uint64_t word(std::size_t w) const { return w < words_.size() ? words_[w] : 0; }
  bool empty() const {
    for (auto w : words_)
      if (w) return false;
    return true;
  }
  std::size_t count() const {
    std::size_t n = 0;
    for (auto w : words_) n += static_cast<std::size_t>(std::popcount(w));
    return n;
  }

  /// The first member at or after `from`, or kNoPcpu.
  PcpuId next(PcpuId from) const {
    for (std::size_t w = index(from) / 64; w < words_.size(); ++w) {
      std::uint64_t word = words_[w];
      if (w == index(from) / 64) word &= ~0ULL << (index(from) % 64);
      if (word) return id_at<PcpuId>(w * 64 + static_cast<std::size_t>(std::countr_zero(word)));
    }
    return kNoPcpu;
  }
  PcpuId first_member() const { return next(PcpuId{0}); }

  PcpuSet operator&(const PcpuSet& other) const {
    PcpuSet out;
    for (std::size_t w = 0; w < words_.size() && w < other.words_.size(); ++w)
      out.words_.push_back(words_[w] & other.words_[w]);
    return out;
  }

  template <typename F>
  void for_each(F visit) const {
    for (PcpuId p = first_member(); p != kNoPcpu; p = next(id_at<PcpuId>(index(p) + 1))) visit(p);
  }

 private:
  static std::uint64_t bit(PcpuId p) { return 1ULL << (index(p) % 64); }
  std::vector<std::uint64_t> words_;
};

}  // namespace roost
