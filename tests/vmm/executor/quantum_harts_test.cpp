// Guests' harts with modelled caches in the simulated world: what their accesses cost in virtual time.

#include "vmm/executor/quantum_harts.hpp"

#include <gtest/gtest.h>

#include "sched/policy/catalog.hpp"
#include "tests/kit/fake_clock.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

struct Habits {
  std::uint64_t instructions = 2'000'000;  // then it stops
  std::uint64_t first = 0, lines = 1;      // its working set
  std::uint64_t every = 4;                 // instructions between two accesses
  Touch how = Touch::Load;
};

/// Walks its working set, line by line.
class WalkingHart final : public Vcpu {
 public:
  explicit WalkingHart(const Habits& habits) : habits_(habits) {}
  Exit run(const Budget& budget) override {
    if (done_ == habits_.instructions) return {.why = ExitWhy::Stopped};
    const std::uint64_t most = std::min(budget.instructions, habits_.instructions - done_);
    for (std::uint64_t i = 0; i < most; ++i) {
      if (++done_ % habits_.every == 0) access(budget.observer, i);
      if (budget.doorbell != nullptr && budget.doorbell->load() != 0) return {.why = ExitWhy::Kicked, .retired = i + 1};
    }
    return {.why = most == budget.instructions ? ExitWhy::BudgetSpent : ExitWhy::Stopped, .retired = most};
  }
  void post_interrupt(unsigned, bool) override {}

 private:
  void access(MemoryObserver* observer, std::uint64_t steps) {
    const std::uint64_t line = habits_.first + done_ / habits_.every % habits_.lines;
    if (observer == nullptr) return;
    observer->steps = steps;
    ++observer->accesses;
    const std::uint64_t number = observer->first_line + line;
    const bool shown = habits_.how == Touch::Load ? observer->data.may_read(number) : observer->data.may_write(number);
    if (!shown) observer->touch(number, habits_.how);
  }
  Habits habits_;
  std::uint64_t done_ = 0;
};

struct Outcome {
  RunReport report;
  std::vector<Event> events;
};

struct Scene {
  Topology topology = Topology::flat(1);
  std::vector<Habits> harts{};
  std::vector<std::string> costs{};
  Duration quantum = 10us;
};

Outcome simulate(const Scene& scene) {
  SimulatedConfig config{.topology = scene.topology, .trace_capacity = 1'000'000};
  for (const std::string& cost : scene.costs) check(!config.costs.set(cost), "the test names costs that exist");
  auto policy = make_policy("roost", scene.topology, scene.harts.size());
  SimulatedWorld world(std::move(config), std::move(*policy));
  QuantumHarts harts(world, scene.quantum);
  std::deque<WalkingHart> walking;
  std::vector<SteppedTenant> tenants;
  for (const Habits& habits : scene.harts) {
    const VcpuId id = id_at<VcpuId>(tenants.size());
    tenants.push_back({&harts.add(walking.emplace_back(habits), id, VmId{0}), {.allowed = scene.topology.all()},
                       static_cast<std::uint32_t>(tenants.size())});
  }
  world.run({{"vm", "harts"}}, std::move(tenants));
  Outcome out{.report = world.report(), .events = world.events()};
  harts.fill(out.report);
  return out;
}

std::int64_t run_us(const Outcome& out, std::uint32_t vcpu = 0) {
  return nanoseconds(out.report.vcpus[VcpuId{vcpu}].run) / 1000;
}
const CacheCounts& counts(const Outcome& out, std::uint32_t vcpu = 0) { return out.report.vcpus[VcpuId{vcpu}].caches; }

Topology two_nodes() {
  IdVector<PcpuId, PcpuPlace> places;
  for (std::uint32_t p = 0; p < 2; ++p) places.push_back({NodeId{p}, p, p, p, 1024, p});
  return Topology(std::move(places), {});
}

TEST(QuantumHarts, AWorkingSetCostsTheLevelThatHoldsIt) {
  struct Case {
    std::uint64_t lines;
    std::int64_t ns;
  };
  // 400,000 accesses each: in the first level, the second, the LLC, and in none.
  for (const auto [lines, ns] : {Case{64, 0}, Case{4'000, 4}, Case{100'000, 15}, Case{2'000'000, 110}}) {
    const Habits walk{.instructions = 1'600'000, .lines = lines};
    const Outcome out = simulate({.harts = {walk}, .costs = {"dram.parallel=1", "tlb.walk=0ns"}});
    const auto first = static_cast<std::int64_t>(std::min<std::uint64_t>(lines, 400'000));  // are touched anew
    const std::int64_t expected_us = 800 + (first * 110 + (400'000 - first) * ns) / 1000;
    EXPECT_NEAR(run_us(out), expected_us, expected_us / 50) << lines << " lines";
    EXPECT_EQ(counts(out).l1d_hits + counts(out).l1d_misses, 400'000u);
  }
}

TEST(QuantumHarts, ItsTimeIsInstructionsAndWaits) {
  const Outcome out = simulate({.harts = {{.lines = 30'000}}});
  const Duration waited{counts(out).waited_ps / 1000};
  EXPECT_NEAR(nanoseconds(out.report.vcpus[VcpuId{0}].run - waited), 1'000'000, 2'000);
  EXPECT_EQ(out.report.pcpus[PcpuId{0}].caches.waited_ps, counts(out).waited_ps);
}

TEST(QuantumHarts, SwitchedOffTheyTakeTheirInstructions) {
  const Outcome out = simulate({.harts = {{.lines = 30'000}}, .costs = {"guest.caches=0"}});
  EXPECT_EQ(run_us(out), 1000);
  EXPECT_FALSE(out.report.simulation.guest_caches);
  EXPECT_EQ(counts(out).waited_ps, 0);
}

/// Misses make quanta longer in virtual time only by what was guessed wrong: others are not kept from the pCPU.
TEST(QuantumHarts, AQuantumOfMissesEndsInTime) {
  kit::FakeClock world;
  QuantumClock clock(world);
  GuestCaches caches(Topology::flat(1), {});
  WalkingHart hart({.instructions = 100'000, .lines = 1'000'000});
  QuantumVcpu vcpu(hart, clock, {}, {&caches, [] { return PcpuId{0}; }, VcpuId{0}, VmId{0}});
  Time now{};
  for (int i = 0; i < 20; ++i) {
    const Step step = vcpu.step(now);
    ASSERT_EQ(step.kind, Step::Kind::Compute);
    EXPECT_LE(step.work + step.wait, i > 4 ? 12us : 100us) << "step " << i;
    now += step.work + step.wait;
  }
}

TEST(QuantumHarts, FalseSharingIsPaidForAndEachItsOwnLineIsNot) {
  for (const Duration quantum : {10us, 1us}) {
    Scene scene{.topology = Topology::flat(2), .quantum = quantum};
    scene.harts.assign(2, {.how = Touch::Store});
    const Outcome shared = simulate(scene);
    scene.harts[1].first = 1;
    const Outcome apart = simulate(scene);
    EXPECT_EQ(counts(apart).transfers + counts(apart, 1).transfers, 0u);
    // 100,000 writes each, 200 in a turn of 156 or 100 ns.
    EXPECT_GT(counts(shared).transfers, 1'000u);
    EXPECT_GT(run_us(shared), run_us(apart));
  }
}

TEST(QuantumHarts, AMigratedHartPaysItsReload) {
  const Habits half_full{.instructions = 10'000'000, .lines = 8'000, .how = Touch::Store};
  Scene scene{.topology = two_nodes(), .harts = {half_full, half_full, half_full}};
  for (std::uint32_t i = 0; i < 3; ++i) scene.harts[i].first = i * 10'000;
  const Outcome moved = simulate(scene);
  Duration reload{0};
  std::uint64_t migrations = 0;
  for (const VcpuReport& vcpu : moved.report.vcpus) {
    reload += vcpu.reload;
    for (const auto& by_cause : vcpu.migrations)
      for (const std::uint64_t count : by_cause) migrations += count;
  }
  ASSERT_GT(migrations, 0u) << "three on two pCPUs: somebody is pulled";
  EXPECT_GT(reload, 10us);
  scene.harts.pop_back();
  const Outcome settled = simulate(scene);
  for (const VcpuReport& vcpu : settled.report.vcpus) EXPECT_EQ(vcpu.reload, Duration{0});
}

TEST(QuantumHarts, MemoryOfAnotherNodeIsSlower) {
  // The first hart touches the memory, and both walk it.
  Scene scene{.topology = two_nodes(), .harts = std::vector<Habits>(2, {.lines = 400'000})};
  scene.harts[1].instructions = 8'000'000;
  const Outcome out = simulate(scene);
  EXPECT_GT(counts(out).remote + counts(out, 1).remote, 10'000u);
  EXPECT_GT(out.report.vcpus[VcpuId{0}].remote_memory + out.report.vcpus[VcpuId{1}].remote_memory, 100us);
}

TEST(QuantumHarts, TheSameRunIsTheSameEvents) {
  Scene scene{.topology = two_nodes(), .harts = std::vector<Habits>(5, {.lines = 3'000, .how = Touch::Store})};
  scene.harts[2].how = scene.harts[3].how = Touch::Load;
  scene.harts[4].how = Touch::Atomic;
  const Outcome one = simulate(scene), other = simulate(scene);
  ASSERT_EQ(one.events.size(), other.events.size());
  for (std::size_t i = 0; i < one.events.size(); ++i) ASSERT_EQ(one.events[i].at, other.events[i].at) << "event " << i;
  for (std::uint32_t v = 0; v < 5; ++v) EXPECT_EQ(counts(one, v).waited_ps, counts(other, v).waited_ps);
  EXPECT_GT(counts(one).transfers, 0u);
}

}  // namespace
}  // namespace roost
