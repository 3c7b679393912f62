#include "vmm/caches/tag_array.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <map>

#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

using Index = TagArray::Index;

/// The same rules as plainly as can be: a list of (line, writable) per set, the last used first.
class NaiveCache {
 public:
  NaiveCache(std::size_t sets, std::size_t ways) : sets_(sets), ways_(ways), lists_(sets) {}
  struct Entry {
    std::uint64_t line;
    bool writable;
  };
  std::list<Entry>& set(std::uint64_t line) { return lists_[line % sets_]; }
  std::list<Entry>::iterator find(std::uint64_t line) {
    return std::ranges::find(set(line), line, &Entry::line);
  }
  bool has(std::uint64_t line) { return find(line) != set(line).end(); }
  bool use(std::uint64_t line) {
    if (!has(line)) return false;
    set(line).splice(set(line).begin(), set(line), find(line));
    return true;
  }
  std::uint64_t insert(std::uint64_t line, bool writable) {  // the tag driven out
    std::uint64_t out = TagArray::kNone;
    if (set(line).size() == ways_) {
      out = set(line).back().line << 1 | (set(line).back().writable ? 1 : 0);
      set(line).pop_back();
    }
    set(line).push_front({line, writable});
    return out;
  }

 private:
  std::size_t sets_, ways_;
  std::vector<std::list<Entry>> lists_;
};

TEST(TagArray, AgreesWithListsUnderRandomUse) {
  kit::Seeded random(41);
  SCOPED_TRACE(random.told());
  for (const std::size_t ways : {1, 3, 8, 16}) {
    TagArray tags(16 * ways, ways, Index::Modulo);
    NaiveCache naive(tags.sets(), tags.ways());
    ASSERT_EQ(tags.sets() * tags.ways(), 16 * ways);
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t line = random.below(48 * ways);
      switch (random.below(8)) {
        case 0:
          ASSERT_EQ(tags.remove(line) != TagArray::kNone, naive.has(line));
          if (naive.has(line)) naive.set(line).erase(naive.find(line));
          break;
        case 1:
          ASSERT_EQ(tags.make_read_only(line), naive.has(line) && naive.find(line)->writable);
          if (naive.has(line)) naive.find(line)->writable = false;
          break;
        case 2:
          ASSERT_EQ(tags.has_writable(line), naive.has(line) && naive.find(line)->writable);
          break;
        default: {
          const bool writes = random.below(3) == 0;
          const bool here = naive.use(line);
          ASSERT_EQ(tags.use(line) != TagArray::kNone, here);
          if (!here) {
            ASSERT_EQ(tags.insert(line << 1 | (writes ? 1 : 0)), naive.insert(line, writes));
          } else if (writes) {
            tags.make_writable(line);
            naive.find(line)->writable = true;
          }
          ASSERT_TRUE(tags.shown().may_read(line)) << "the last used one is shown";
          ASSERT_EQ(tags.shown().may_write(line), naive.find(line)->writable);
        }
      }
    }
    tags.check_invariants();
  }
}

TEST(TagArray, SetsAreAPowerOfTwoAndTheSizeIsKept) {
  const TagArray odd(512, 12, Index::Modulo);  // 32 KiB in 12 ways would be 42 sets
  EXPECT_EQ(odd.sets(), 32u);
  EXPECT_EQ(odd.ways(), 16u);
  const TagArray usual(768, 12, Index::Modulo);  // 48 KiB
  EXPECT_EQ(usual.sets(), 64u);
  EXPECT_EQ(usual.ways(), 12u);
  const TagArray one_set(8, 8, Index::Hashed);
  EXPECT_EQ(one_set.sets(), 1u);
}

TEST(TagArray, HashedSetsSpreadWhatModuloPilesUp) {
  constexpr std::uint64_t kSets = 1024;
  for (const Index index : {Index::Modulo, Index::Hashed}) {
    TagArray tags(kSets * 4, 4, index);
    for (std::uint64_t i = 0; i < kSets * 2; ++i) tags.insert(i * kSets << 1);
    std::size_t held = 0;
    tags.each([&](std::uint64_t, bool) { ++held; });
    if (index == Index::Modulo) EXPECT_EQ(held, 4u) << "all in one set";
    else EXPECT_GT(held, kSets);
    tags.check_invariants();
  }
}

}  // namespace
}  // namespace roost
