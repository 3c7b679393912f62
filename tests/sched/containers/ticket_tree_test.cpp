#include "sched/containers/ticket_tree.hpp"

#include <gtest/gtest.h>

#include "sched/vocabulary/id_vector.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

TEST(TicketTree, EachTicketHasTheHolderThatACountFinds) {
  constexpr std::size_t kVcpus = 70;
  kit::Seeded random(1);
  SCOPED_TRACE(random.told());
  TicketTree tree;
  IdVector<VcpuId, std::uint32_t> position(kVcpus);
  const auto positions = [&](VcpuId vcpu) -> std::uint32_t& { return position[vcpu]; };
  std::vector<VcpuId> outside;
  for (std::size_t v = 0; v < kVcpus; ++v) outside.push_back(id_at<VcpuId>(v));
  for (int i = 0; i < 20'000; ++i) {
    if (!outside.empty() && random.below(kVcpus) < outside.size() + 10) {
      tree.insert({outside.back(), static_cast<std::uint64_t>(random.between(1, 9))}, positions);
      outside.pop_back();
    } else if (!tree.empty()) {
      const auto which = static_cast<std::uint32_t>(random.below(tree.size()));
      outside.push_back(tree.at(which).vcpu);
      tree.remove(which, positions);
    }
    tree.check_invariants(positions);
    if (tree.empty()) continue;
    const std::uint64_t number = random.below(tree.tickets());
    std::uint64_t before = 0;
    auto holder = tree.begin();
    while (before + holder->tickets <= number) before += (holder++)->tickets;
    ASSERT_EQ(tree.holder(number).vcpu, holder->vcpu);
  }
}

}  // namespace
}  // namespace roost
