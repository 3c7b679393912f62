// Scripts on two real pCPUs. No claim about times: what was done, and that it ends.

#include "vmm/workload/live_script.hpp"

#include <deque>
#include <thread>

#include <gtest/gtest.h>

#include "sched/policy/catalog.hpp"
#include "tests/vmm/workload/simulate.hpp"
#include "vmm/executor/live_world.hpp"
#include "vmm/workload/working_sets.hpp"
#include "vmm/workload/live_agenda.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

struct LiveOutcome {
  RunEnd end{};
  std::vector<ScriptCounts> counts;
  std::vector<Duration> done;
  std::vector<std::uint64_t> touched;  // lines
};

WorkingSets memory_of(const Scenario& scenario, const Workload::Role& role) {
  const VmRegions regions(scenario, scenario.vms[index(role.traits.vm)]);
  return std::move(*WorkingSets::reserve(regions.of(role.number), 1, role.number));
}

struct LiveSetting {
  bool by_host = false;
  Duration limit = 20s;
  std::vector<std::string> policies{"roost"};  // each after the first comes while it runs
};

/// Puts the later policies in force, and gives vCPU 0 a new weight each time, as long as the run lasts.
void change_policies(LiveWorld& world, const Topology& topology, std::size_t vcpus, const LiveSetting& setting) {
  for (std::size_t i = 1; i < setting.policies.size(); ++i) {
    const bool runs = world.change([&](RunChanges& changes) {
      changes.set_policy(std::move(*make_policy(setting.policies[i], topology, vcpus)));
      changes.set_weight(VcpuId{0}, Weight{static_cast<std::uint32_t>(100 + i)});
    });
    if (!runs) return;
  }
}

LiveOutcome run_live(const std::string& text, const LiveSetting& setting = {}) {
  const auto scenario = scenes::read(text);
  if (!scenario) throw CheckFailure(scenario.error().sentence);
  const Topology topology = Topology::flat(2);
  std::size_t vcpus = 0;
  for (const ScenarioVm& vm : scenario->vms) vcpus += vm.vcpus + vm.spare_vcpus;
  LiveConfig config{.topology = topology, .time_limit = setting.limit, .pin = false};
  const auto world = setting.by_host
                         ? LiveWorld::host_threads(config)
                         : LiveWorld::pinned(config, std::move(*make_policy(setting.policies[0], topology, vcpus)));
  LiveSink sink(world->wake_sink(), [](VcpuId, const PcpuSet&) {});
  Actors actors([&] { world->cut_off(RunEnd::Stuck); });
  const Workload workload(*scenario, topology.all(), {.sink = &sink, .actors = &actors}, 1);
  const Duration zero = world->clock().now() - Time{};
  std::deque<LiveScript> scripts;
  std::vector<Tenant> tenants;
  for (const Workload::Role& role : workload.roles())
    tenants.push_back({&scripts.emplace_back(*role.vcpu, world->clock(), zero, memory_of(*scenario, role)), role.traits,
                       role.number});
  std::vector<TenantVm> vms;
  for (const ScenarioVm& vm : scenario->vms) vms.push_back({vm.name, "script"});
  LiveOutcome out;
  {
    const LiveAgenda agenda(workload.agenda(), zero, &actors);
    const std::jthread changer([&] {
      if (setting.policies.size() > 1) change_policies(*world, topology, vcpus, setting);
    });
    out.end = world->run(std::move(vms), std::move(tenants));
  }
  for (const Workload::Role& role : workload.roles()) {
    out.counts.push_back(role.vcpu->counts());
    out.done.push_back(role.vcpu->done());
  }
  for (const LiveScript& script : scripts) out.touched.push_back(script.memory().touched());
  return out;
}

const std::string kEverything =
    "[lock.spin]\npoll = true\n[barrier.meet]\npoll = true\n"
    "[[vm]]\nname = 'vm'\nvcpus = 4\nspare_vcpus = 2\nscripts = ['a', 'b']\n"
    "[script.a]\nrepeat = 40\nphases = [{ run = '20us' }, { lock = 'spin', do = [{ run = '5us' }] },"
    "{ signal = 'ball' }, { wait = 'back' }, { fork = 'c' }, { barrier = 'meet' }]\n"
    "[script.b]\nrepeat = 40\nphases = [{ wait = 'ball' }, { lock = 'block', do = [{ run = '5us' }] }, { ipi = '0' },"
    "{ signal = 'back' }, { sleep = '20us' }, { yield = true }, { barrier = 'meet' }]\n"
    "[script.c]\nphases = [{ run = '10us' }, { timer = '100us' }]\n";

TEST(LiveScript, DoesItsPhasesOnTwoPcpus) {
  const LiveOutcome out = run_live(kEverything);
  EXPECT_EQ(out.end, RunEnd::AllStopped);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(out.counts[i].rounds, 40u);
    EXPECT_EQ(out.counts[i].locks, 40u);
  }
  EXPECT_EQ(out.done[0], 40 * (20us + 5us)) << "work is neither lost nor done twice when it is cut short";
}

TEST(LiveScript, SpinsAndIsStoppedUnderEachGate) {
  for (const std::string policy :
       {"roost,pause=stay", "roost,pause=yield", "roost,pause=directed", "roost,cosched=relaxed,skew=100us,look=50us",
        "roost,cosched=strict,round=500us", "roost,shares=group", "esx-relaxed", "sqms,cosched=relaxed,pause=directed"})
    EXPECT_EQ(run_live(kEverything, {.policies = {policy}}).end, RunEnd::AllStopped) << policy;
}

TEST(LiveScript, GatesComeAndGoWhileItRuns) {
  LiveSetting setting{.policies = {"roost"}};
  for (int i = 0; i < 20; ++i)
    for (const char* policy : {"roost,cosched=relaxed,skew=100us,look=50us", "roost,shares=group,pause=yield",
                               "round_robin,cosched=strict,round=500us", "esx-relaxed", "roost"})
      setting.policies.emplace_back(policy);
  EXPECT_EQ(run_live(kEverything, setting).end, RunEnd::AllStopped);
}

TEST(LiveScript, RunsAsHostThreadsToo) { EXPECT_EQ(run_live(kEverything, {.by_host = true}).end, RunEnd::AllStopped); }

TEST(LiveScript, TouchesItsMemoryOnWhateverPcpuItRuns) {
  const LiveOutcome out = run_live(
      "[[vm]]\nname = 'walkers'\nvcpus = 3\nscript = 'a'\n"
      "[[vm]]\nname = 'forks'\nvcpus = 1\nspare_vcpus = 1\nscript = 'b'\n"
      "[script.a]\nrepeat = 20\nphases = [{ memory = '256K', lines_per_us = 50 }, { run = '100us' },"
      "{ memory = '64K', region = 1 }, { run = '20us' }, { memory = '0' }, { run = '20us' }]\n"
      "[script.b]\nphases = [{ fork = 'c' }, { sleep = '50us' }]\n"
      "[script.c]\nphases = [{ memory = '1M', lines_per_us = 100, region = 7 }, { run = '50us' }]\n");
  EXPECT_EQ(out.end, RunEnd::AllStopped);
  for (std::size_t a = 0; a < 3; ++a) {
    EXPECT_EQ(out.done[a], 20 * 140us) << "memory does not change how long it works";
    EXPECT_GT(out.touched[a], 0u);
    EXPECT_LE(out.touched[a], 20u * (100 * 50 + 20 * 100));
  }
  EXPECT_EQ(out.touched[3], 0u);
  EXPECT_GT(out.touched[4], 0u) << "who was forked touches memory too";
  EXPECT_LE(out.touched[4], 50u * 100);
}

TEST(LiveScript, ServesJobsThatComeFromOutsideAndStopsVms) {
  const LiveOutcome out = run_live(
      "[[vm]]\nname = 'server'\nvcpus = 2\nscript = 's'\n[[vm]]\nname = 'hog'\nscript = 'h'\nstop = '30ms'\n"
      "[script.s]\nrepeat = 'forever'\nphases = [{ serve = 'q', do = [{ run = '20us' }] }]\n"
      "[script.h]\nrepeat = 'forever'\nphases = [{ run = '1s' }]\n"
      "[[arrivals]]\nqueue = 'q'\npoisson = '100us'\njobs = 200\n");
  EXPECT_EQ(out.end, RunEnd::AllStopped);
  EXPECT_EQ(out.counts[0].jobs + out.counts[1].jobs, 200u);
}

TEST(LiveScript, EndsWhileJobsStillCome) {
  const LiveOutcome out = run_live(
      "[[vm]]\nname = 'server'\nvcpus = 2\nscript = 's'\nstop = '20ms'\n"
      "[script.s]\nrepeat = 'forever'\nphases = [{ serve = 'q', do = [{ run = '5us' }] }]\n"
      "[[arrivals]]\nqueue = 'q'\npoisson = '10us'\n");
  EXPECT_EQ(out.end, RunEnd::AllStopped);
}

TEST(LiveScript, WakersFromOutsideDoNotDisturbTheEnd) {
  for (int i = 0; i < 20; ++i) {
    const LiveOutcome out = run_live(
        "[[vm]]\nname = 'server'\nvcpus = 2\nscript = 's'\n"
        "[script.s]\nrepeat = 'forever'\nphases = [{ serve = 'q', do = [{ run = '1us' }] }]\n"
        "[[arrivals]]\nqueue = 'q'\nperiodic = '3us'\n", {.limit = 5ms});
    EXPECT_EQ(out.end, RunEnd::TimeLimit);
  }
}

}  // namespace
}  // namespace roost
