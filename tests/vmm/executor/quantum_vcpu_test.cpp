#include "vmm/executor/quantum_vcpu.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/kit/fake_clock.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

/// Retires what it may, or what `exits` says, and notes the clock at each call.
class FakeHart final : public Vcpu {
 public:
  explicit FakeHart(const Clock& clock) : clock_(clock) {}
  Exit run(const Budget& budget) override {
    seen.push_back(clock_.now());
    if (next_ == exits.size()) return {.why = ExitWhy::BudgetSpent, .retired = budget.instructions};
    return exits[next_++];
  }
  void post_interrupt(unsigned line, bool) override { lines.push_back(line); }

  std::vector<Exit> exits;
  std::vector<Time> seen;
  std::vector<unsigned> lines;

 private:
  const Clock& clock_;
  std::size_t next_ = 0;
};

struct Scene {
  kit::FakeClock world;
  QuantumClock clock{world};
  FakeHart hart{clock};
  QuantumVcpu vcpu{hart, clock, {.quantum = 10us, .instruction_ps = 500}};
};

TEST(QuantumVcpu, AQuantumIsItsInstructionsTime) {
  Scene scene;
  const Step step = scene.vcpu.step(scene.world.now());
  EXPECT_EQ(step.kind, Step::Kind::Compute);
  EXPECT_EQ(step.work, 10us);
  EXPECT_FALSE(step.divisible) << "what it did to memory has happened";
  EXPECT_EQ(step.retired, 20'000u);
}

TEST(QuantumVcpu, TheGuestsClockMovesWithinAQuantumAndNeverGoesBack) {
  Scene scene;
  scene.vcpu.step(scene.world.now());
  scene.vcpu.step(scene.world.now());  // the host was faster than the guest's clock
  ASSERT_GT(scene.hart.seen.size(), 10u);
  EXPECT_EQ(scene.hart.seen[1] - scene.hart.seen[0], Duration{2048 / 2});
  for (std::size_t i = 1; i < scene.hart.seen.size(); ++i) EXPECT_GE(scene.hart.seen[i], scene.hart.seen[i - 1]);
  EXPECT_EQ(scene.clock.now(), scene.world.now()) << "between quanta it is the world's";
}

TEST(QuantumVcpu, AHaltComesAfterTheTimeOfWhatWentBefore) {
  Scene scene;
  scene.hart.exits = {{ExitWhy::Halted, 1000, time_at(77)}, {ExitWhy::Halted, 0, time_at(77)}};
  const Step work = scene.vcpu.step(scene.world.now());
  EXPECT_EQ(work.work, 500ns);
  const Step halt = scene.vcpu.step(scene.world.now());
  EXPECT_EQ(halt.kind, Step::Kind::Halt);
  EXPECT_EQ(halt.wake_at, time_at(77));
}

TEST(QuantumVcpu, AnInterruptInBetweenEndsTheHalt) {
  Scene scene;
  scene.hart.exits = {{ExitWhy::Halted, 1000, kNever}};
  scene.vcpu.step(scene.world.now());
  EXPECT_EQ(scene.vcpu.step(scene.world.now()).kind, Step::Kind::Compute) << "the hart is asked again";
}

TEST(QuantumVcpu, PausesOnceAndStops) {
  Scene scene;
  scene.hart.exits = {{ExitWhy::Paused, 64, kNever}, {ExitWhy::Stopped, 3, kNever}, {ExitWhy::Stopped, 0, kNever}};
  EXPECT_EQ(scene.vcpu.step(scene.world.now()).kind, Step::Kind::Compute);
  EXPECT_EQ(scene.vcpu.step(scene.world.now()).kind, Step::Kind::Pause);
  EXPECT_EQ(scene.vcpu.step(scene.world.now()).work, 1ns) << "three instructions: half a nanosecond is carried on";
  EXPECT_EQ(scene.vcpu.step(scene.world.now()).kind, Step::Kind::Stop);
}

TEST(QuantumVcpu, FractionsOfANanosecondAreNotLost) {
  kit::FakeClock world;
  QuantumClock clock(world);
  FakeHart hart(clock);
  QuantumVcpu vcpu(hart, clock, {.quantum = 10us, .instruction_ps = 333});
  Duration sum{0};
  std::uint64_t retired = 0;
  for (int i = 0; i < 1000; ++i) {
    const Step step = vcpu.step(world.now());
    sum += step.work;
    retired += step.retired;
  }
  EXPECT_EQ(sum, Duration{static_cast<std::int64_t>(retired * 333 / 1000)});
}

TEST(QuantumVcpu, TrapsThatRetireNothingTakeTimeToo) {
  Scene scene;
  scene.hart.exits.assign(20, {ExitWhy::BudgetSpent, 0, kNever});
  EXPECT_EQ(scene.vcpu.step(scene.world.now()).work, 10us);
}

}  // namespace
}  // namespace roost
