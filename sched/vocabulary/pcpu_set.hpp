// The room: a set of pCPUs (affinity, domain span, idle ones), as a bitmap of any size.
// Copies share their words until one of them changes: an affinity is a pointer, however many pCPUs it names.
// Invariants: iteration is in rising id order; bits past the last member's word are zero. Who changes a set is the only
//   one who uses that object; its copies may be in use anywhere.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/pcpu_words.hpp"

namespace roost {

class PcpuSet {
 public:
  PcpuSet() = default;

  static PcpuSet first(std::size_t count) {  // pCPUs 0 .. count-1
    PcpuSet set;
    for (std::size_t i = 0; i < count; ++i) set.insert(id_at<PcpuId>(i));
    return set;
  }
  static PcpuSet of(std::span<const std::uint32_t> ids) {
    PcpuSet set;
    for (const std::uint32_t id : ids) set.insert(PcpuId{id});
    return set;
  }

  void insert(PcpuId p) {
    Words& words = own();
    if (word_of(p) >= words.size()) words.resize(word_of(p) + 1);
    words[word_of(p)] |= bit_of(p);
  }
  void erase(PcpuId p) {
    if (contains(p)) own()[word_of(p)] &= ~bit_of(p);
  }
  bool contains(PcpuId p) const { return word(word_of(p)) & bit_of(p); }
  /// Its members from 64 * w on, bit by bit.
  std::uint64_t word(std::size_t w) const { return w < size() ? (*words_)[w] : 0; }
  bool empty() const { return first_member() == kNoPcpu; }
  std::size_t count() const {
    std::size_t n = 0;
    for (std::size_t w = 0; w < size(); ++w) n += static_cast<std::size_t>(std::popcount(word(w)));
    return n;
  }

  /// The first member at or after `from`, or kNoPcpu.
  PcpuId next(PcpuId from) const {
    for (std::size_t w = word_of(from); w < size(); ++w) {
      std::uint64_t members = word(w);
      if (w == word_of(from)) members &= ~0ULL << (index(from) % 64);
      if (members) return lowest_in(w, members);
    }
    return kNoPcpu;
  }
  PcpuId first_member() const { return next(PcpuId{0}); }

  friend bool operator==(const PcpuSet& a, const PcpuSet& b) {
    for (std::size_t w = 0; w < a.size() || w < b.size(); ++w)
      if (a.word(w) != b.word(w)) return false;
    return true;
  }
  PcpuSet operator&(const PcpuSet& other) const {
    PcpuSet out;
    for (std::size_t w = 0; w < size() && w < other.size(); ++w) out.own().push_back(word(w) & other.word(w));
    return out;
  }

  template <typename F>
  void for_each(F visit) const {
    for (PcpuId p = first_member(); p != kNoPcpu; p = next(id_at<PcpuId>(index(p) + 1))) visit(p);
  }

 private:
  using Words = std::vector<std::uint64_t>;

  std::size_t size() const { return words_ ? words_->size() : 0; }
  Words& own() {
    if (!words_)
      words_ = std::make_shared<Words>();
    else if (words_.use_count() > 1)
      words_ = std::make_shared<Words>(*words_);
    return *words_;
  }

  std::shared_ptr<Words> words_;
};

}  // namespace roost
