// The room: lists of waiting vCPUs, one to a level, with a bitmap of the levels that are not empty: the first of them
//   is found in a few words, however many wait.
// Not here: what a level means, and where a vCPU's level is kept (the discipline's own entry).
// Costs: constant time (Levels / 64 words), but for first_where. Nothing allocates.
// Invariants: a level's bit is set if and only if its list is not empty.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "sched/containers/vcpu_list.hpp"

namespace roost {

template <std::size_t Levels>
class LevelLists {
 public:
  static constexpr std::size_t kNone = Levels;

  bool empty() const { return length_ == 0; }
  std::size_t length() const { return length_; }
  const VcpuList& list(std::size_t level) const { return lists_[level]; }

  /// The first level at or after `from` that is not empty, or kNone.
  std::size_t first_level(std::size_t from = 0) const {
    if (from >= Levels) return kNone;
    std::size_t word = from / 64;
    std::uint64_t bits = bits_[word] & (~std::uint64_t{0} << (from % 64));
    while (bits == 0) {
      if (++word == kWords) return kNone;
      bits = bits_[word];
    }
    return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
  }
  /// The last level that is not empty, or kNone.
  std::size_t last_level() const {
    for (std::size_t word = kWords; word-- > 0;)
      if (bits_[word] != 0) return word * 64 + 63 - static_cast<std::size_t>(std::countl_zero(bits_[word]));
    return kNone;
  }

  template <typename LinksOf>
  void push_back(std::size_t level, VcpuId vcpu, LinksOf links_of) {
    lists_[level].push_back(vcpu, links_of);
    note(level);
  }
  template <typename LinksOf>
  void push_front(std::size_t level, VcpuId vcpu, LinksOf links_of) {
    lists_[level].push_front(vcpu, links_of);
    note(level);
  }
  /// Right before `next`, which is a member of that level.
  template <typename LinksOf>
  void insert_before(std::size_t level, VcpuId vcpu, VcpuId next, LinksOf links_of) {
    lists_[level].insert_before(vcpu, next, links_of);
    ++length_;
  }
  template <typename LinksOf>
  void remove(std::size_t level, VcpuId vcpu, LinksOf links_of) {
    lists_[level].remove(vcpu, links_of);
    if (lists_[level].empty()) bits_[level / 64] &= ~(std::uint64_t{1} << (level % 64));
    --length_;
  }

  /// Everybody goes to the first level, in the order of levels and lists.
  template <typename LinksOf>
  void gather(LinksOf links_of) {
    for (std::size_t level = first_level(1); level != kNone; level = first_level(level + 1)) {
      lists_[0].append(lists_[level], links_of);
      bits_[level / 64] &= ~(std::uint64_t{1} << (level % 64));
    }
    if (!lists_[0].empty()) bits_[0] |= 1;
  }

  struct Found {
    std::size_t level = kNone;
    VcpuId vcpu = kNoVcpu;  // nobody
  };
  /// The first member that `accepts`, level by level, on the levels `from` .. `end` - 1.
  template <typename Accepts, typename LinksOf>
  Found first_where(Accepts accepts, LinksOf links_of, std::size_t from = 0, std::size_t end = Levels) const {
    for (std::size_t level = first_level(from); level < end; level = first_level(level + 1))
      if (const VcpuId vcpu = lists_[level].first_where(accepts, links_of); vcpu != kNoVcpu) return {level, vcpu};
    return {};
  }

  /// Fills `out` with the first members, level by level, each list from its head; returns how many.
  template <typename LinksOf>
  std::size_t first(std::span<VcpuId> out, LinksOf links_of) const {
    std::size_t found = 0;
    for (std::size_t level = first_level(); level != kNone && found < out.size(); level = first_level(level + 1))
      for (VcpuId v = lists_[level].head(); v != kNoVcpu && found < out.size(); v = links_of(v).after) out[found++] = v;
    return found;
  }
  /// The last ones: level by level from the last, each list from its tail.
  template <typename LinksOf>
  std::size_t last(std::span<VcpuId> out, LinksOf links_of) const {
    std::size_t found = 0;
    for (std::size_t level = Levels; level-- > 0;)
      for (VcpuId v = lists_[level].tail(); v != kNoVcpu && found < out.size(); v = links_of(v).before)
        out[found++] = v;
    return found;
  }

  template <typename LinksOf>
  void check_invariants(LinksOf links_of) const {
    std::size_t length = 0;
    for (std::size_t level = 0; level < Levels; ++level) {
      lists_[level].check_invariants(links_of);
      const bool marked = (bits_[level / 64] >> (level % 64) & 1) != 0;
      check(marked == !lists_[level].empty(), "a level is marked if and only if somebody waits there");
      length += lists_[level].length();
    }
    check(length == length_, "the lists are as long as their count");
  }

 private:
  static constexpr std::size_t kWords = (Levels + 63) / 64;
  void note(std::size_t level) {
    bits_[level / 64] |= std::uint64_t{1} << (level % 64);
    ++length_;
  }

  std::array<VcpuList, Levels> lists_;
  std::array<std::uint64_t, kWords> bits_{};
  std::size_t length_ = 0;
};

}  // namespace roost
