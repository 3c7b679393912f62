// The tree of vCPUs beside a sorted vector, at random.
#include "sched/containers/vcpu_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sched/vocabulary/id_vector.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

constexpr std::size_t kVcpus = 50;
constexpr int kSteps = 50'000;
constexpr std::uint64_t kValues = 12;

struct TreeScene {
  VcpuTree tree;
  IdVector<VcpuId, VcpuTreeNode> nodes{kVcpus};
  std::vector<std::pair<std::int64_t, VcpuId>> sorted;

  auto node_of() {
    return [this](VcpuId vcpu) -> VcpuTreeNode& { return nodes[vcpu]; };
  }
  void insert(VcpuId vcpu, std::int64_t key, std::int64_t value) {
    nodes[vcpu].key = key;
    nodes[vcpu].value = value;
    tree.insert(vcpu, node_of());
    sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), std::pair{key, vcpu}), {key, vcpu});
  }
  void remove(std::size_t nth) {
    tree.remove(sorted[nth].second, node_of());
    sorted.erase(sorted.begin() + static_cast<std::ptrdiff_t>(nth));
  }
  template <typename Accepts>
  VcpuId first_where(Accepts accepts) const {
    const auto first = std::find_if(sorted.begin(), sorted.end(), [&](const auto& m) { return accepts(m.second); });
    return first == sorted.end() ? kNoVcpu : first->second;
  }
};

void expect_same(TreeScene& scene) {
  scene.tree.check_invariants(scene.node_of());
  ASSERT_EQ(scene.tree.size(), scene.sorted.size());
  ASSERT_EQ(scene.tree.empty(), scene.sorted.empty());
  std::vector<VcpuId> in_order, expected;
  scene.tree.for_each([&](VcpuId vcpu) { in_order.push_back(vcpu); }, scene.node_of());
  for (const auto& member : scene.sorted) expected.push_back(member.second);
  ASSERT_EQ(in_order, expected);
  for (std::int64_t limit = -1; limit <= static_cast<std::int64_t>(kValues); ++limit) {
    const auto within = [&](VcpuId v) { return scene.nodes[v].value <= limit; };
    const auto even = [](VcpuId v) { return index(v) % 2 == 0; };
    ASSERT_EQ(scene.tree.first_within(limit, scene.node_of()), scene.first_where(within));
    ASSERT_EQ(scene.tree.first_within(limit, even, scene.node_of()),
              scene.first_where([&](VcpuId v) { return within(v) && even(v); }));
  }
  if (scene.sorted.empty()) return;
  std::int64_t least = INT64_MAX;
  for (const VcpuId v : in_order) least = std::min(least, scene.nodes[v].value);
  ASSERT_EQ(scene.tree.least_value(scene.node_of()), least);
}

TEST(VcpuTree, DoesAsASortedVector) {
  kit::Seeded random(1);
  SCOPED_TRACE(random.told());
  TreeScene scene;
  std::vector<VcpuId> outside;
  for (std::size_t v = 0; v < kVcpus; ++v) outside.push_back(id_at<VcpuId>(v));
  for (int i = 0; i < kSteps; ++i) {
    if (!outside.empty() && random.below(2) == 0) {
      const std::size_t which = random.below(outside.size());
      scene.insert(outside[which], static_cast<std::int64_t>(random.below(9)) - 4,
                   static_cast<std::int64_t>(random.below(kValues)));
      outside.erase(outside.begin() + static_cast<std::ptrdiff_t>(which));
    } else if (!scene.sorted.empty()) {
      const std::size_t which = random.below(scene.sorted.size());
      outside.push_back(scene.sorted[which].second);
      scene.remove(which);
    }
    expect_same(scene);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(VcpuTree, FindsTheFirstWithinALimitAmongThoseThatAreLaterBeyondIt) {
  // By key: B (value 9), C (5), A (1).
  TreeScene scene;
  scene.insert(VcpuId{0}, 30, 1);
  scene.insert(VcpuId{1}, 10, 9);
  scene.insert(VcpuId{2}, 20, 5);
  EXPECT_EQ(scene.tree.first_within(9, scene.node_of()), VcpuId{1});
  EXPECT_EQ(scene.tree.first_within(8, scene.node_of()), VcpuId{2});
  EXPECT_EQ(scene.tree.first_within(4, scene.node_of()), VcpuId{0});
  EXPECT_EQ(scene.tree.first_within(0, scene.node_of()), kNoVcpu);
}

}  // namespace
}  // namespace roost
