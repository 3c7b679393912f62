// The containers beside sorted vectors, at random.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sched/containers/level_lists.hpp"
#include "sched/containers/vcpu_heap.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/nice.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

constexpr std::size_t kVcpus = 40;
constexpr int kSteps = 50'000;

struct HeapScene {
  VcpuHeap<std::int64_t> heap;
  IdVector<VcpuId, std::uint32_t> position{kVcpus};
  std::vector<std::pair<std::int64_t, VcpuId>> sorted;

  auto positions() {
    return [this](VcpuId vcpu) -> std::uint32_t& { return position[vcpu]; };
  }
  void insert(std::int64_t key, VcpuId vcpu) {
    heap.insert({key, vcpu}, positions());
    sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), std::pair{key, vcpu}), {key, vcpu});
  }
  void remove(std::size_t nth) {
    heap.remove(position[sorted[nth].second], positions());
    sorted.erase(sorted.begin() + static_cast<std::ptrdiff_t>(nth));
  }
};

TEST(VcpuHeap, DoesAsASortedVector) {
  kit::Seeded random(1);
  SCOPED_TRACE(random.told());
  HeapScene scene;
  std::vector<VcpuId> outside;
  for (std::size_t v = 0; v < kVcpus; ++v) outside.push_back(id_at<VcpuId>(v));
  for (int i = 0; i < kSteps; ++i) {
    if (!outside.empty() && random.below(2) == 0) {
      const std::size_t which = random.below(outside.size());
      scene.insert(static_cast<std::int64_t>(random.below(8)), outside[which]);
      outside.erase(outside.begin() + static_cast<std::ptrdiff_t>(which));
    } else if (!scene.sorted.empty()) {
      const std::size_t which = random.below(scene.sorted.size());
      outside.push_back(scene.sorted[which].second);
      scene.remove(which);
    }
    scene.heap.check_invariants(scene.positions());
    ASSERT_EQ(scene.heap.size(), scene.sorted.size());
    if (scene.sorted.empty()) continue;
    ASSERT_EQ(scene.heap.front().vcpu, scene.sorted.front().second);
    ASSERT_EQ(scene.heap.last_key(), scene.sorted.back().first);
    std::vector<VcpuId> last(std::min<std::size_t>(3, scene.sorted.size()));
    ASSERT_EQ(scene.heap.last(last, scene.positions()), last.size());
    for (std::size_t k = 0; k < last.size(); ++k) ASSERT_EQ(last[k], scene.sorted[scene.sorted.size() - 1 - k].second);
    const auto rest = random.below(5);
    const auto accepts = [&](VcpuId vcpu) { return index(vcpu) % 5 == rest; };
    const auto first = std::find_if(scene.sorted.begin(), scene.sorted.end(),
                                    [&](const auto& member) { return accepts(member.second); });
    const std::uint32_t found = scene.heap.first_where(accepts);
    ASSERT_EQ(found == scene.heap.kNowhere, first == scene.sorted.end());
    if (first == scene.sorted.end()) continue;
    ASSERT_EQ(scene.heap.at(found).vcpu, first->second);
  }
}

TEST(LevelLists, DoAsSortedLists) {
  constexpr std::size_t kLevels = 140;
  kit::Seeded random(2);
  SCOPED_TRACE(random.told());
  LevelLists<kLevels> lists;
  IdVector<VcpuId, VcpuLinks> links(kVcpus);
  const auto links_of = [&](VcpuId vcpu) -> VcpuLinks& { return links[vcpu]; };
  std::vector<std::pair<std::size_t, VcpuId>> plain;  // by level; within one, as the list
  for (int i = 0; i < kSteps; ++i) {
    const auto vcpu = id_at<VcpuId>(random.below(kVcpus));
    const auto there = std::find_if(plain.begin(), plain.end(), [&](const auto& p) { return p.second == vcpu; });
    if (there != plain.end()) {
      lists.remove(there->first, vcpu, links_of);
      plain.erase(there);
    } else {
      const bool beside = !plain.empty() && random.below(3) == 0;
      const std::size_t which = beside ? random.below(plain.size()) : 0;
      if (beside) {
        const auto [level, next] = plain[which];
        lists.insert_before(level, vcpu, next, links_of);
        plain.insert(plain.begin() + static_cast<std::ptrdiff_t>(which), {level, vcpu});
        continue;
      }
      const std::size_t level = random.below(kLevels);
      const bool front = random.below(2) == 0;
      front ? lists.push_front(level, vcpu, links_of) : lists.push_back(level, vcpu, links_of);
      const auto before = [&](const auto& p) { return front ? p.first < level : p.first <= level; };
      plain.insert(std::find_if_not(plain.begin(), plain.end(), before), {level, vcpu});
    }
    if (i % 16 == 0) lists.check_invariants(links_of);
    ASSERT_EQ(lists.length(), plain.size());
    ASSERT_EQ(lists.first_level(), plain.empty() ? kLevels : plain.front().first);
    ASSERT_EQ(lists.last_level(), plain.empty() ? kLevels : plain.back().first);
    const std::size_t from = random.below(kLevels + 1);
    const auto at_or_after = std::find_if(plain.begin(), plain.end(), [&](const auto& p) { return p.first >= from; });
    ASSERT_EQ(lists.first_level(from), at_or_after == plain.end() ? kLevels : at_or_after->first);
    std::vector<VcpuId> back(random.below(2) == 0 ? kVcpus : 3), front(back.size());
    ASSERT_EQ(lists.last(back, links_of), std::min(back.size(), plain.size()));
    ASSERT_EQ(lists.first(front, links_of), std::min(front.size(), plain.size()));
    for (std::size_t k = 0; k < std::min(back.size(), plain.size()); ++k) {
      ASSERT_EQ(back[k], plain[plain.size() - 1 - k].second);
      ASSERT_EQ(front[k], plain[k].second);
    }
    const std::size_t end = random.below(kLevels + 1);
    const auto rest = random.below(5);
    const auto accepts = [&](VcpuId v) { return index(v) % 5 == rest; };
    const auto accepted = std::find_if(plain.begin(), plain.end(), [&](const auto& p) {
      return p.first >= from && p.first < end && accepts(p.second);
    });
    const auto found = lists.first_where(accepts, links_of, from, end);
    ASSERT_EQ(found.vcpu, accepted == plain.end() ? kNoVcpu : accepted->second);
    ASSERT_EQ(found.level, accepted == plain.end() ? kLevels : accepted->first);
  }
}

TEST(Nice, AStepIsAQuarter) {
  EXPECT_EQ(nice_of(kDefaultWeight), 0);
  EXPECT_EQ(nice_of(Weight{125}), -1);
  EXPECT_EQ(nice_of(Weight{80}), 1);
  EXPECT_EQ(nice_of(Weight{111}), 0);
  EXPECT_EQ(nice_of(Weight{112}), -1);
  EXPECT_EQ(nice_of(Weight{931}), -10);  // 100 * 1.25^10 = 931.3
  EXPECT_EQ(nice_of(Weight{11}), 10);    // 100 / 1.25^10 = 10.7
  EXPECT_EQ(nice_of(kMaxWeight), kMinNice);
  EXPECT_EQ(nice_of(kMinWeight), kMaxNice);
}

}  // namespace
}  // namespace roost
