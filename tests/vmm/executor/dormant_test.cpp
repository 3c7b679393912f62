// Where nobody who waits may run yet, by the discipline's rules: the pCPU idles until somebody may, whoever comes
// meanwhile; nobody who polls is handed such a vCPU; the monitor blames nobody.

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "sched/policy/catalog.hpp"
#include "tests/kit/dispatcher_scene.hpp"
#include "tests/kit/fake_world.hpp"
#include "tests/kit/seeded.hpp"
#include "tests/kit/stepped_sleeper.hpp"
#include "vmm/executor/dispatcher.hpp"
#include "vmm/executor/live_world.hpp"
#include "vmm/executor/simulated_world.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr PcpuId P0{0};
constexpr Duration kWindow = 10ms;  // of VM 0, then of VM 1
constexpr std::string_view kTable = "static_table,frame=20ms,window=10ms,slice=10ms,balance=pull";

/// A dispatcher of pCPUs that stand still, and a vCPU of each of these VMs; the clock begins at 1 ms.
struct Scene {
  Scene(std::size_t pcpus, std::initializer_list<std::uint32_t> vms, const CapPlan& caps = {})
      : topology(Topology::flat(pcpus)) {
    auto policy = make_policy(kTable, topology, vms.size());
    std::vector<VcpuTraits> traits;
    for (const std::uint32_t vm : vms) traits.push_back({.vm = VmId{vm}, .allowed = PcpuSet::first(1)});
    dispatcher = std::make_unique<Dispatcher>(world, std::move(*policy), topology, traits, caps);
    dispatcher->start(world.now());
  }
  void go_to(std::int64_t ms) { world.advance(time_at(ms * 1'000'000) - world.now()); }
  Dispatcher::Next next() {
    world.act_as(P0);
    return dispatcher->next(P0);
  }
  Dispatcher::Next returned(ExitWhy why) {
    world.act_as(P0);
    return dispatcher->returned(P0, {.why = why, .retired = 1});
  }
  void wake(VcpuId vcpu) {
    world.act_as(kNoPcpu);
    dispatcher->wake(vcpu);
  }

  kit::FakeWorld world;
  Topology topology;
  std::unique_ptr<Dispatcher> dispatcher;
};

void expect_idle(const Dispatcher::Next& next, std::int64_t until_ms) {
  EXPECT_EQ(next.vcpu, kNoVcpu);
  EXPECT_EQ(next.until, time_at(until_ms * 1'000'000));
}

TEST(Dormant, AnIdlePcpuComesBackWhenSomebodyMayRun) {
  Scene scene(1, {1});
  expect_idle(scene.next(), 10);
  EXPECT_TRUE(scene.dispatcher->loads().load(P0).idle()) << "whoever came now would run at once";
  EXPECT_EQ(scene.dispatcher->loads().load(P0).available(), 0u) << "nobody gains by taking it";
  scene.go_to(9);
  expect_idle(scene.next(), 10);
  scene.go_to(10);
  const auto runs = scene.next();
  EXPECT_EQ(runs.vcpu, VcpuId{0});
  EXPECT_EQ(runs.until, time_at(20'000'000));
  scene.go_to(20);
  expect_idle(scene.returned(ExitWhy::BudgetSpent), 30);
  scene.dispatcher->check_invariants();
}

TEST(Dormant, APollerIsKickedButNotHandedAVcpuOutsideOfItsWindow) {
  Scene scene(1, {0, 1});
  ASSERT_EQ(scene.next().vcpu, VcpuId{0});
  expect_idle(scene.returned(ExitWhy::Halted), 10);
  scene.go_to(10);
  ASSERT_EQ(scene.next().vcpu, VcpuId{1});
  EXPECT_EQ(scene.returned(ExitWhy::Halted).vcpu, kNoVcpu);
  scene.go_to(12);
  scene.world.await_vcpu(P0);
  scene.wake(VcpuId{0});
  EXPECT_TRUE(scene.world.handed.empty());
  EXPECT_EQ(scene.world.kicks, std::vector<PcpuId>{P0});
  expect_idle(scene.next(), 20);
  scene.world.await_vcpu(P0);
  scene.wake(VcpuId{1});  // it may run, but another waits there too: its pCPU looks for itself
  EXPECT_TRUE(scene.world.handed.empty());
  EXPECT_EQ(scene.world.kicks.size(), 2u);
  EXPECT_EQ(scene.next().vcpu, VcpuId{1});
}

TEST(Dormant, APollerIsHandedAVcpuInItsWindowForTheRestOfIt) {
  Scene scene(1, {0});
  ASSERT_EQ(scene.next().vcpu, VcpuId{0});
  EXPECT_EQ(scene.returned(ExitWhy::Halted).vcpu, kNoVcpu);
  scene.go_to(7);
  scene.world.await_vcpu(P0);
  scene.wake(VcpuId{0});
  ASSERT_EQ(scene.world.handed.size(), 1u);
  EXPECT_EQ(scene.world.handed.front().slice, 3ms);
  EXPECT_EQ(scene.dispatcher->take(P0, VcpuId{0}, 3ms, scene.world.now()).until, time_at(10'000'000));
  scene.go_to(10);
  expect_idle(scene.returned(ExitWhy::BudgetSpent), 20);
}

TEST(Dormant, WhoIsCappedAsksForNoGrantOutsideOfItsWindow) {
  CapPlan caps;
  caps.purses.push_back({.runtime = 2ms, .period = 100ms});  // granted by the tenth
  caps.purse_of = {0};
  Scene scene(1, {1}, caps);
  expect_idle(scene.next(), 10);
  EXPECT_EQ(scene.dispatcher->vcpus()[VcpuId{0}].state.load(), VcpuState::Queued);
  scene.go_to(10);
  const auto runs = scene.next();
  EXPECT_EQ(runs.vcpu, VcpuId{0});
  EXPECT_EQ(runs.until, time_at(10'200'000));
  scene.dispatcher->check_invariants();
}

// ---- simulated ----

struct Outcome {
  RunReport report;
  std::vector<Event> events;
};

/// vCPUs that compute, each with these habits, of VM v / per_vm, in a world without costs.
Outcome simulate(std::string_view policy, std::size_t pcpus, std::size_t vcpus, std::size_t per_vm,
                 kit::SleeperHabits habits) {
  SimulatedConfig config{.topology = Topology::flat(pcpus), .time_limit = 3s, .trace_capacity = 1'000'000};
  for (const CostInfo& info : CostModel::table())
    if (info.least == 0 && info.unit == "ns")
      check(!config.costs.set(std::string(info.name) + "=0"), "0 is in the range");
  const Topology topology = config.topology;
  SimulatedWorld world(std::move(config), std::move(*make_policy(policy, topology, vcpus)));
  std::vector<std::unique_ptr<kit::SteppedSleeper>> sleepers;
  std::vector<SteppedTenant> tenants;
  for (std::size_t v = 0; v < vcpus; ++v) {
    sleepers.push_back(std::make_unique<kit::SteppedSleeper>(habits, v + 1));
    tenants.push_back({sleepers.back().get(), {.vm = id_at<VmId>(v / per_vm), .allowed = topology.all()},
                       static_cast<std::uint32_t>(v % per_vm)});
  }
  std::vector<TenantVm> vms((vcpus + per_vm - 1) / per_vm, {"vm", "sleepers"});
  world.run(vms, tenants);
  return {world.report(), world.events()};
}

TEST(Dormant, InVirtualTimeTwoVmsRunInExactWindows) {
  const Outcome run = simulate(kTable, 1, 2, 1, {.sleep_most = 0});
  std::int64_t expected_at = 0;
  std::uint32_t expected_vm = 0;
  for (const Event& event : run.events) {
    if (event.kind != EventKind::Switch || event.vcpu == kNoVcpu) continue;
    EXPECT_EQ(nanoseconds(event.at), expected_at);
    EXPECT_EQ(event.vcpu, VcpuId{expected_vm});
    expected_at += nanoseconds(kWindow);
    expected_vm = 1 - expected_vm;
  }
  EXPECT_GE(expected_at, nanoseconds(Duration(3s)));
  for (const VcpuReport& vcpu : run.report.vcpus) EXPECT_EQ(vcpu.run, 1500ms);
}

TEST(Dormant, TheMonitorBlamesNobodyForAWindowThatIsNotOpen) {
  // Windows are longer than the balancer's. A VM alone: its vCPU waits for half of the time beside two idle pCPUs.
  const std::string_view table = "static_table,frame=1s,window=500ms,slice=10ms";
  const Outcome alone = simulate(table, 2, 1, 1, {.sleep_most = 0});
  EXPECT_EQ(alone.report.vcpus[VcpuId{0}].run, 1500ms);
  EXPECT_EQ(alone.report.vcpus[VcpuId{0}].wait, 1500ms);
  const Outcome sleepers = simulate(table, 3, 10, 3, {});
  for (const VcpuReport& vcpu : sleepers.report.vcpus) EXPECT_GT(vcpu.run, 300ms);
}

TEST(Dormant, APcpuThatIdlesWithThemStillPullsWhoMayRun) {
  // Windows of a second. pCPU 0: vCPUs 0 and 2 of window 0; pCPU 1: 1 and 3 of window 1. Without a pull pCPU 1 would
  // idle in the first second although two wait for pCPU 0.
  const Outcome run = simulate("static_table,frame=2s,window=1s,slice=10ms,by_vcpu=1,balance=pull", 2, 4, 4,
                           {.sleep_most = 0});
  for (const PcpuReport& pcpu : run.report.pcpus) EXPECT_LE(pcpu.idle, 1us);
}

// ---- live ----

/// Computes until it is told to come back, `turns` times; then it stops.
class Spinner final : public Vcpu {
 public:
  Spinner(const Clock& clock, int turns) : clock_(clock), turns_(turns) {}
  Exit run(const Budget& budget) override {
    if (turns_-- == 0) return {.why = ExitWhy::Stopped};
    while (clock_.now() < budget.until)
      if (budget.doorbell->load(std::memory_order_acquire) != 0) return {.why = ExitWhy::Kicked, .retired = 1};
    return {.why = ExitWhy::BudgetSpent, .retired = 1};
  }
  void post_interrupt(unsigned, bool) override {}

 private:
  const Clock& clock_;
  int turns_;
};

// Every pick is made by the pCPU itself, at the time that its event tells: it lies in the window, however late the host
// lets the thread come. vCPU 0 stops early: in the windows of VM 0 the pCPU then idles.
TEST(Dormant, LiveTwoVmsOnOnePcpuRunInTheirWindowsAlone) {
  LiveConfig config{.topology = Topology::flat(1), .trace_capacity = 100'000};
  auto policy = make_policy("static_table,frame=2ms,window=1ms,slice=300us", config.topology, 2);
  auto world = LiveWorld::pinned(std::move(config), std::move(*policy));
  Spinner first(world->clock(), 60), second(world->clock(), 200);
  const std::vector<Tenant> tenants{{&first, {.vm = VmId{0}, .allowed = PcpuSet::first(1)}, 0},
                                    {&second, {.vm = VmId{1}, .allowed = PcpuSet::first(1)}, 0}};
  EXPECT_EQ(world->run({{"a", "spinner"}, {"b", "spinner"}}, tenants), RunEnd::AllStopped);
  std::array<std::size_t, 2> ran{};
  std::size_t idled = 0;
  for (const Event& event : world->events()) {
    if (event.kind != EventKind::Switch) continue;
    if (event.vcpu == kNoVcpu) {
      ++idled;
      continue;
    }
    const std::int64_t at = nanoseconds(world->began()) + nanoseconds(event.at);
    EXPECT_EQ(at % 2'000'000 / 1'000'000, static_cast<std::int64_t>(index(event.vcpu)));
    ++ran[index(event.vcpu)];
  }
  EXPECT_GE(ran[0], 5u);
  EXPECT_GE(ran[1], 20u);
  EXPECT_GE(idled, 5u);
  for (const VcpuReport& vcpu : world->report().vcpus) EXPECT_EQ(vcpu.run + vcpu.wait + vcpu.halted, vcpu.lifetime);
}

/// Hogs and sleepers on four pCPUs.
void run_held_back(const std::string& spec, Granularity shared_by, kit::Seeded& random) {
  const Topology host = Topology::flat(4);
  std::deque<kit::SteppedSleeper> vcpus;
  std::vector<SteppedTenant> tenants;
  for (std::uint32_t v = 0; v < 3 + random.below(9); ++v) {
    const bool hog = random.below(2) == 0;
    const kit::SleeperHabits habits{.run_least = 100'000, .run_most = 5'000'000,
                                    .sleep_most = hog ? 0 : 6'000'000};
    tenants.push_back({&vcpus.emplace_back(habits, random.below(1000)),
                       {.vm = VmId{v % 4}, .weight = Weight{1 + static_cast<std::uint32_t>(random.below(500))},
                        .allowed = PcpuSet::first(4)}, v});
  }
  SimulatedWorld world({.topology = host, .time_limit = 150ms},
                       std::move(*make_policy(spec, host, tenants.size(), shared_by)));
  world.run({{"a", "a"}, {"b", "b"}, {"c", "c"}, {"d", "d"}}, tenants);
}

/// Whoever balances takes only those whose window is open: the others would gain nothing elsewhere. Windows of 10 ms,
/// of even and of odd vCPUs in turn; few of weights 100 to 300, so that all who wait may be too heavy to go alone.
TEST(Dormant, NobodyIsMovedWhoMayNotRunYet) {
  for (const char* balance : {"push", "pull", "hybrid", "swap,swap.period=200us", "epoch,epoch=5ms"}) {
    std::size_t moved = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      kit::Seeded random(seed);
      SCOPED_TRACE(random.told() + " " + balance);
      const Topology host = Topology::flat(2);
      std::deque<kit::SteppedSleeper> vcpus;
      std::vector<SteppedTenant> tenants;
      const std::uint64_t count = 5 + random.below(3);
      for (std::uint32_t v = 0; v < count; ++v)
        tenants.push_back({&vcpus.emplace_back(kit::SleeperHabits{.sleep_most = 30'000'000}, random.below(1000)),
                           {.vm = VmId{v % 2}, .weight = Weight{100 * static_cast<std::uint32_t>(1 + random.below(3))},
                            .allowed = host.all()}, v / 2});
      const std::string spec = std::string("static_table,frame=20ms,window=10ms,slice=1ms,balance=") + balance;
      SimulatedWorld world({.topology = host, .time_limit = 1s, .trace_capacity = 1'000'000},
                           std::move(*make_policy(spec, host, tenants.size())));
      world.run({{"a", "a"}, {"b", "b"}}, tenants);
      for (const Event& event : world.events()) {
        if (event.kind != EventKind::Migrate) continue;
        const auto why = static_cast<MigrateWhy>(event.detail);
        if (why != MigrateWhy::Push && why != MigrateWhy::Pull) continue;
        ++moved;
        ASSERT_EQ(nanoseconds(event.at) / 10'000'000 % 2, static_cast<std::int64_t>(index(event.vcpu) % 2));
      }
    }
    EXPECT_GT(moved, 20u) << balance;
  }
}

/// Too heavy to go alone: of 800 here and 630 there half of the difference is 85, and whoever may go weighs 300. Two
/// change places that take 60 over; unless who would come has to wait for its VM's window.
TEST(Dormant, NobodyChangesPlacesWhoMayNotRunYet) {
  constexpr PcpuId P1{1};
  constexpr VcpuId kGoes{0}, kComes{1}, kRunsHere{3}, kRunsThere{5};
  const PcpuSet both = PcpuSet::first(2), here = PcpuSet::first(1), there = PcpuSet::of(std::vector{1U});
  for (const std::uint32_t vm_of_who_comes : {0U, 1U}) {
    SCOPED_TRACE(vm_of_who_comes);
    const std::vector<VcpuTraits> vcpus{{.weight = Weight{300}, .allowed = both},
                                        {.vm = VmId{vm_of_who_comes}, .weight = Weight{240}, .allowed = both},
                                        {.weight = Weight{300}, .allowed = here},
                                        {.weight = Weight{200}, .allowed = here},
                                        {.weight = Weight{290}, .allowed = there},
                                        {.weight = Weight{100}, .allowed = there}};
    kit::DispatcherScene scene(Topology::flat(2), vcpus,
                               "static_table,frame=20ms,window=10ms,slice=10ms,place=least_loaded,balance=swap,"
                               "period=200us", Granularity::Pcpu);
    for (VcpuId runs = scene.next(P0).vcpu; runs != kRunsHere;) runs = scene.returned(P0, ExitWhy::Yielded).vcpu;
    for (VcpuId runs = scene.next(P1).vcpu; runs != kRunsThere;) runs = scene.returned(P1, ExitWhy::Yielded).vcpu;
    for (int look = 0; look < 20; ++look) {
      scene.world.advance(200us);
      scene.returned(P0, ExitWhy::Kicked);
    }
    const bool change = vm_of_who_comes == 0;
    EXPECT_EQ(scene.dispatcher->vcpus()[kGoes].where.load(), change ? P1 : P0);
    EXPECT_EQ(scene.dispatcher->vcpus()[kComes].where.load(), change ? P0 : P1);
    scene.dispatcher->check_invariants();
  }
}

/// Who is held back is nobody's fault until it may run; from then on it waits no longer than the window, however short,
/// while a pCPU idles.
TEST(Dormant, NobodyWaitsBeyondAShortWindowOnceItMayRun) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    kit::Seeded random(seed);
    for (const char* discipline : {"static_table", "edf,hard=1", "rtds,extratime=0", "stcf", "roost"})
      for (const char* balance : {"push,push.period=50us", "push,push.period=200us", "active,active.period=100us"})
        for (const Granularity shared_by : {Granularity::Pcpu, Granularity::Core}) {
          const std::string spec = std::string(discipline) + ",balance=" + balance;
          SCOPED_TRACE(random.told() + " " + spec);
          ASSERT_NO_THROW(run_held_back(spec, shared_by, random));
        }
  }
}

}  // namespace
}  // namespace roost
