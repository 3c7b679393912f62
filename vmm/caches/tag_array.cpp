#include "vmm/caches/tag_array.hpp"

#include <algorithm>

namespace roost {

namespace {
constexpr std::uint64_t kGolden = 0x9e37'79b9'7f4a'7c15;  // 2^64 / golden ratio: spreads neighbours
}

TagArray::TagArray(std::size_t lines, std::size_t ways, Index index) {
  check(ways > 0 && lines >= ways, "a cache has a set at least");
  const std::size_t sets = std::bit_floor(lines / ways);
  ways_ = lines / sets;
  mask_ = sets - 1;
  stride_ = static_cast<unsigned>(std::bit_width(ways_ - 1));
  if (index == Index::Hashed && sets > 1) {
    factor_ = kGolden;
    shift_ = 64U - static_cast<unsigned>(std::bit_width(mask_));
  }
  tags_.assign(sets << stride_, kNone);
}

std::size_t TagArray::find(std::size_t set, std::uint64_t line) const {
  const Tag* tags = at(set);
  const Tag wanted = line << 1 | 1;
  std::size_t way = 0;
  while (way < ways_ && (tags[way] | 1) != wanted) ++way;
  return way;
}

bool TagArray::has_writable(std::uint64_t line) const {
  const std::size_t set = set_of(line), way = find(set, line);
  return way < ways_ && (at(set)[way] & 1) != 0;
}

TagArray::Tag TagArray::use(std::uint64_t line) {
  const std::size_t set = set_of(line), way = find(set, line);
  if (way == ways_) return kNone;
  Tag* tags = at(set);
  const Tag tag = tags[way];
  std::copy_backward(tags, tags + way, tags + way + 1);
  return tags[0] = tag;
}

void TagArray::make_writable(std::uint64_t line) {
  Tag& first = *at(set_of(line));
  check(first >> 1 == line, "the line was used last");
  first |= 1;
}

TagArray::Tag TagArray::insert(Tag tag) {
  Tag* tags = at(set_of(tag >> 1));
  const Tag victim = tags[ways_ - 1];
  std::copy_backward(tags, tags + ways_ - 1, tags + ways_);
  tags[0] = tag;
  return victim;
}

TagArray::Tag TagArray::remove(std::uint64_t line) {
  const std::size_t set = set_of(line), way = find(set, line);
  if (way == ways_) return kNone;
  Tag* tags = at(set);
  const Tag tag = tags[way];
  std::copy(tags + way + 1, tags + ways_, tags + way);
  tags[ways_ - 1] = kNone;
  return tag;
}

bool TagArray::make_read_only(std::uint64_t line) {
  const std::size_t set = set_of(line), way = find(set, line);
  if (way == ways_ || (at(set)[way] & 1) == 0) return false;
  at(set)[way] &= ~Tag{1};
  return true;
}

void TagArray::prefetch(std::uint64_t line) const {
  const Tag* tags = at(set_of(line));
  __builtin_prefetch(tags);
  __builtin_prefetch(tags + 8);
}

void TagArray::check_invariants() const {
  for (std::size_t set = 0; set < sets(); ++set) {
    const Tag* tags = at(set);
    bool free = false;
    for (std::size_t way = 0; way < ways_; ++way) {
      if (tags[way] == kNone) {
        free = true;
        continue;
      }
      check(!free, "a set's free places are its last");
      check(set_of(tags[way] >> 1) == set, "a line lies in its set");
      for (std::size_t other = 0; other < way; ++other)
        check(tags[other] >> 1 != tags[way] >> 1, "a line is in a cache once");
    }
  }
}

}  // namespace roost
