// The balancer `swap` in a run.

#include <gtest/gtest.h>

#include "tests/tools/scenario_scene.hpp"

namespace roost {
namespace {

struct Moves {
  std::uint64_t pushed = 0, pulled = 0, other = 0;
  friend bool operator==(const Moves&, const Moves&) = default;
};

/// Two hogs of weight 300 begin on pCPU 0, one of 100 and one of 200 on pCPU 1; after 1 ms all may go anywhere.
Moves moves_under(const std::string& balance) {
  const ScenarioRun out = scenes::run_text(
      "[run]\ntime_limit = '2s'\npolicy = 'roost,balance=" + balance + "'\n[host]\npcpus = 2\n"
      "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '200us' }]\n"
      "[[vm]]\nname = 'a'\nvcpus = 2\nscript = 'hog'\nweight = 300\naffinity = [0]\n"
      "[[vm]]\nname = 'b'\nscript = 'hog'\nweight = 100\naffinity = [1]\n"
      "[[vm]]\nname = 'c'\nscript = 'hog'\nweight = 200\naffinity = [1]\n"
      "[[timeline]]\nat = '1ms'\nvm = 'a'\naffinity = [0, 1]\n"
      "[[timeline]]\nat = '1ms'\nvm = 'b'\naffinity = [0, 1]\n[[timeline]]\nat = '1ms'\nvm = 'c'\naffinity = [0, 1]\n",
      "sim:2");
  Moves moves;
  for (const VcpuReport& vcpu : out.run.report.vcpus)
    for (const auto& by_why : vcpu.migrations)
      for (std::size_t why = 0; why < by_why.size(); ++why) {
        const bool push = why == static_cast<std::size_t>(MigrateWhy::Push);
        const bool pull = why == static_cast<std::size_t>(MigrateWhy::Pull);
        (push ? moves.pushed : pull ? moves.pulled : moves.other) += by_why[why];
      }
  EXPECT_EQ(out.run.report.pcpus[PcpuId{0}].pushes + out.run.report.pcpus[PcpuId{1}].pushes, moves.pushed);
  EXPECT_EQ(out.run.report.pcpus[PcpuId{0}].pulls + out.run.report.pcpus[PcpuId{1}].pulls, moves.pulled);
  return moves;
}

/// 600 beside 300: a 300 that went over would turn them round, so nobody goes. The 300 that waits against the 100 or
/// the 200 that waits makes it 400 beside 500, or 500 beside 400; then whoever waits is too heavy, and so is every
/// exchange.
TEST(Swap, TwoChangePlacesOnceWhereNobodyCouldGoAlone) {
  EXPECT_EQ(moves_under("hybrid"), Moves{});
  EXPECT_EQ(moves_under("swap"), (Moves{.pushed = 1, .pulled = 1}));
}

}  // namespace
}  // namespace roost
