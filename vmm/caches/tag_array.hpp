// The room: the tags of one set-associative cache under LRU: which lines it holds, and which of them it may write.
// Not here: what a miss costs, other caches (private_caches, shared_caches).
// Invariants: a line is at most once in the array; each set is in order of use, the last used first, its free places
//   last. Sets are a power of two: where the size asks for another number, the ways are raised instead.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sched/vocabulary/check.hpp"
#include "vmm/vcpu/memory_observer.hpp"

namespace roost {

class TagArray {
 public:
  /// What is kept of a line: line << 1, + 1 if it may be written.
  using Tag = std::uint64_t;
  static constexpr Tag kNone = ~0ULL;

  /// Modulo: neighbours in neighbouring sets, as an engine's first look wants it. Hashed: spread, as shared caches do.
  enum class Index { Modulo, Hashed };
  /// `lines` in all, at least `ways` to a set.
  TagArray(std::size_t lines, std::size_t ways, Index index);

  std::size_t sets() const { return mask_ + 1; }
  std::size_t ways() const { return ways_; }
  ShownLines shown() const { return {tags_.data(), mask_, stride_}; }  // Modulo only

  bool has(std::uint64_t line) const { return find(set_of(line), line) < ways_; }
  bool has_writable(std::uint64_t line) const;
  /// If it is there it becomes the last used one: its tag; else kNone.
  Tag use(std::uint64_t line);
  /// The line was used last, and may be written from now on.
  void make_writable(std::uint64_t line);
  /// A line that is not there comes in, as the last used one: the tag that it drove out, or kNone.
  Tag insert(Tag tag);
  /// Its tag, or kNone if it was not there.
  Tag remove(std::uint64_t line);
  /// It may no longer be written: true if it could.
  bool make_read_only(std::uint64_t line);
  void prefetch(std::uint64_t line) const;

  void check_invariants() const;
  template <typename Visitor>
  void each(Visitor visit) const {  // (line, writable)
    for (const Tag tag : tags_)
      if (tag != kNone) visit(tag >> 1, (tag & 1) != 0);
  }

 private:
  std::size_t set_of(std::uint64_t line) const { return (line * factor_ >> shift_) & mask_; }
  const Tag* at(std::size_t set) const { return &tags_[set << stride_]; }
  Tag* at(std::size_t set) { return &tags_[set << stride_]; }
  std::size_t find(std::size_t set, std::uint64_t line) const;

  std::size_t ways_ = 0, mask_ = 0;
  unsigned stride_ = 0, shift_ = 0;
  std::uint64_t factor_ = 1;
  std::vector<Tag> tags_;  // of set s: [s << stride_], ways_ of them
};

}  // namespace roost
