#include "vmm/workload/scenario_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/vmm/workload/simulate.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string refused(const std::string& text) {
  const auto scenario = scenes::read(text);
  return scenario ? "it was taken" : scenario.error().sentence;
}

const std::string kGood =
    "title = 'all of it'\n[run]\nworld = 'live'\npolicy = 'roost'\nseed = 3\ntime_limit = '2s'\nrepetitions = 4\n"
    "[host]\ntopology = 'node:2 core:2'\ndistances = [[10, 21], [21, 10]]\n"
    "costs = { ipi = { remote = '3us' }, switch = 0 }\n"
    "capacities = [{ pcpus = '1,3', capacity = 512 }]\n"
    "[lock.m]\npoll = true\n[barrier.b]\nparties = 2\nshared = true\n[event.e]\nshared = true\n"
    "[[vm]]\nname = 'a'\nvcpus = 2\ncount = 3\nweight = 200\naffinity = [0, 2]\n"
    "scripts = ['one', 'two']\nspare_vcpus = 1\n"
    "[script.one]\nrepeat = 'forever'\nphases = [{ run = { uniform = ['1ms', '2ms'] } }, { lock = 'm', do = [] },"
    "{ barrier = 'b' }, { memory = '1M', lines_per_us = 50, region = 2 }, { ipi = 'a2/1' }, { fork = 'two' },"
    "{ signal = 'e' }]\n"
    "[script.two]\nphases = [{ serve = 'q', do = [{ run = '1ms' }] }, { wait = 'e' }, { timer = '1ms' }]\n"
    "[[arrivals]]\nqueue = 'q'\nevery = { exponential = '1ms' }\non = '10ms'\noff = '20ms'\n"
    "[[arrivals]]\nqueue = 'q'\ncsv = 'times.csv'\n"
    "[[timeline]]\nat = '1s'\nvm = 'a2'\nstop = true\n";

TEST(ScenarioReader, ReadsAllThatIsWrittenDown) {
  const auto s = scenes::read(kGood);
  ASSERT_TRUE(s) << s.error().sentence;
  EXPECT_EQ(s->world, WorldKind::Live);
  EXPECT_EQ(s->seed, 3u);
  EXPECT_EQ(s->time_limit, 2s);
  EXPECT_EQ(s->repetitions, 4u);
  EXPECT_EQ(s->host.topology->text, "node:2 core:2");
  EXPECT_EQ(s->host.topology->where, "scene.toml:9: host.topology");
  EXPECT_EQ(s->host.distances, (std::vector<std::uint32_t>{10, 21, 21, 10}));
  ASSERT_EQ(s->host.costs.size(), 2u);
  EXPECT_EQ(s->host.costs[0].text, "ipi.remote=3us");
  EXPECT_THAT(s->host.costs[0].where, testing::EndsWith(": host.costs.ipi.remote"));
  ASSERT_EQ(s->vms.size(), 3u);
  EXPECT_EQ(s->vms[1].name, "a2");
  EXPECT_EQ(s->vms[1].lives.at(0).stops_at, 1s);
  EXPECT_EQ(s->vms[0].affinity, (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(s->vms[0].spare_vcpus, 1u);
  EXPECT_EQ(s->arrivals[1].times, (std::vector<Time>{Time{} + 1us}));
  const Script& one = s->scripts[0];
  EXPECT_EQ(one.phases[0].times, kForever);
  EXPECT_EQ(one.phases[1].span.b, 2ms);
  EXPECT_EQ(one.phases[5].memory.working_set, 1u << 20);
}

TEST(ScenarioReader, NamesFileLineKeyAndWhatWouldBeRight) {
  const std::string script = "[script.s]\nphases = [{ run = '1ms' }]\n", vm = "[[vm]]\nscript = 's'\n";
  EXPECT_THAT(refused("[run\n"), HasSubstr("scene.toml:1: no TOML"));
  EXPECT_THAT(refused(script), HasSubstr("nothing runs"));
  EXPECT_EQ(refused(vm + "wieght = 3\n" + script),
            "scene.toml:3: vm[0]: there is no key 'wieght' here; did you mean 'weight'?");
  EXPECT_EQ(refused(vm + "weight = 0\n" + script),
            "scene.toml:3: vm[0].weight: a whole number from 1 to 10000 is expected here");
  EXPECT_THAT(refused(vm + "vcpus = 65537\n" + script), HasSubstr("scene.toml:3: vm[0].vcpus"));
  EXPECT_THAT(refused("[[vm]]\nscript = 't'\n" + script),
              HasSubstr("scene.toml:2: vm[0].script: there is no script 't'"));
  EXPECT_THAT(refused(vm + "[script.s]\nphases = [{ rum = '1ms' }]"),
              HasSubstr("scene.toml:4: script.s.phases[0]: 'rum' is no phase; did you mean 'run'?"));
  EXPECT_THAT(refused(vm + "[script.s]\nphases = [{ run = 1 }]"), HasSubstr("a span of time such as"));
  EXPECT_THAT(refused(vm + "[script.s]\nphases = [{ run = '1 ms' }]"),
              HasSubstr("scene.toml:4: script.s.phases[0].run"));
  EXPECT_THAT(refused(vm + "[script.s]\nphases = [{ run = '1ms', sleep = '1ms' }]"), HasSubstr("are two phases"));
  EXPECT_THAT(refused(vm + "[script.s]\nphases = [{ ipi = '7' }]"), HasSubstr("no scripted vCPU of that name"));
  EXPECT_THAT(refused(vm + script + "[[arrivals]]\nqueue = 'q'\npoisson = '1ms'\n"), HasSubstr("no script serves"));
  EXPECT_THAT(refused(vm + "[script.s]\nphases = [{ serve = 'q', do = [] }]\n"),
              HasSubstr("it serves the queue 'q', and no jobs ever come to it; write [[arrivals]] with queue = \"q\""));
  EXPECT_THAT(refused(vm + vm + script), HasSubstr("another VM is named 's'; give each a name of its own"));
  EXPECT_THAT(refused(vm + "[script.s]\nphases = [{}]"),
              HasSubstr("scene.toml:4: script.s.phases[0]: a phase is expected here, such as { run = \"1ms\" }"));
  EXPECT_EQ(refused(vm + "start = '2ms'\nstop = '1ms'\n" + script),
            "scene.toml:4: vm[0].stop: a time after its start is expected here");
}

TEST(ScenarioReader, PlacesLieWithinThePoolAndSingleVcpusHaveTheirOwn) {
  const std::string rest = "[pool.left]\npcpus = '0-3'\n[script.s]\nphases = [{ run = '1ms' }]\n[[vm]]\nvcpus = 3\n";
  const auto s = scenes::read(rest + "script = 's'\npool = 'left'\nweights = [300, 50]\naffinities = ['2-5', [0]]\n");
  ASSERT_TRUE(s) << s.error().sentence;
  EXPECT_EQ(s->vms[0].affinity, (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(s->vms[0].affinities[0], (std::vector<std::uint32_t>{2, 3}));
  EXPECT_EQ(s->vms[0].affinities[1], (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(s->vms[0].weights, (std::vector<Weight>{Weight{300}, Weight{50}}));
  EXPECT_THAT(refused(rest + "script = 's'\npool = 'lift'\n"),
              HasSubstr("scene.toml:8: vm[0].pool: there is no pool 'lift'; did you mean 'left'?"));
  EXPECT_THAT(refused(rest + "script = 's'\npool = 'left'\naffinity = [4]\n"),
              HasSubstr("vm[0].affinity: none of these pCPUs lies in pool 'left'"));
  EXPECT_THAT(refused(rest + "script = 's'\naffinities = [[0], [1], [2], [3]]\n"), HasSubstr("4 of them for 3 vCPUs"));
  EXPECT_THAT(refused("[pool.x]\npcpus = []\n" + rest + "script = 's'\n"), HasSubstr("pool.x.pcpus: numbers from 0"));
}

TEST(ScenarioReader, TheTimelineIsInTimeOrderAndSaysWhatItNeeds) {
  const std::string rest = "[pool.p]\npcpus = '0-1'\n[script.s]\nphases = [{ run = '1ms' }]\n"
                           "[[vm]]\nname = 'a'\nvcpus = 2\nscript = 's'\n";
  const auto s = scenes::read(rest + "[[timeline]]\nat = '2s'\nvm = 'a'\nweight = 7\naffinity = '1-2'\n"
                                     "[[timeline]]\nat = '1s'\npcpus = [3]\noffline = true\n"
                                     "[[timeline]]\nat = '2s'\nvm = 'a'\nvcpu = 1\npool = 'p'\n"
                                     "[[timeline]]\nat = '3s'\npolicy = 'roost,balance=none'\n");
  ASSERT_TRUE(s) << s.error().sentence;
  ASSERT_EQ(s->changes.size(), 5u);
  EXPECT_EQ(s->changes[0].kind, TimedChange::Kind::Offline);
  EXPECT_EQ(s->changes[1].weight, Weight{7});
  EXPECT_EQ(s->changes[2].pcpus, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(s->changes[2].vcpu, std::nullopt);
  EXPECT_EQ(s->changes[3].pcpus, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(s->changes[3].vcpu, 1u);
  EXPECT_EQ(s->changes[4].kind, TimedChange::Kind::Policy);
  EXPECT_EQ(s->changes[4].policy, "roost,balance=none");
  const std::string at = rest + "[[timeline]]\nat = '1s'\n";
  EXPECT_THAT(refused(at), HasSubstr("scene.toml:9: timeline[0].vm: the VM that it happens to"));
  EXPECT_THAT(refused(at + "vm = 'b'\nweight = 1\n"), HasSubstr("scene.toml:11: timeline[0].vm: there is no VM 'b'"));
  EXPECT_THAT(refused(at + "vm = 'a'\nwieght = 1\n"),
              HasSubstr("start, stop, weight, affinity, soft_affinity and pool"));
  EXPECT_THAT(refused(at + "vm = 'a'\nweight = 1\nwieght = 1\n"), HasSubstr("did you mean 'weight'?"));
  EXPECT_THAT(refused(at + "vm = 'a'\nvcpu = 2\nweight = 1\n"), HasSubstr("vcpu: a whole number from 0 to 1"));
  EXPECT_THAT(refused(at + "weight = 1\n"), HasSubstr("timeline[0].vm: whose weight"));
  EXPECT_THAT(refused(at + "pcpus = [1]\n"), HasSubstr("one of offline = true and online = true"));
  EXPECT_THAT(refused(at + "offline = true\n"), HasSubstr("timeline[0].pcpus: which pCPUs"));
  EXPECT_THAT(refused(at + "vm = 'a'\npool = 'q'\n"), HasSubstr("there is no pool 'q'"));
}

TEST(ScenarioReader, CapsArePercentOfAPcpu) {
  const std::string rest = "[script.s]\nphases = [{ run = '1ms' }]\n[[vm]]\nvcpus = 2\nscript = 's'\n";
  const auto s = scenes::read(rest + "cap = 150\n");
  ASSERT_TRUE(s) << s.error().sentence;
  EXPECT_EQ(s->vms[0].cap, 150u);
  EXPECT_EQ(s->vms[0].cap_period, 30ms);
  EXPECT_THAT(refused(rest + "cap = 201\n"), HasSubstr("scene.toml:6: vm[0].cap: a whole number from 1 to 200"));
  EXPECT_THAT(refused(rest + "cap = 10\nvcpu_cap = 5\n"), HasSubstr("vm[0].vcpu_cap: cap is for all vCPUs"));
  EXPECT_THAT(refused(rest + "cap_period = '1ms'\n"), HasSubstr("cap = 50 or vcpu_cap = 50 is expected"));
  EXPECT_THAT(refused(rest + "cap = 1\ncap_period = '100us'\n"), HasSubstr("1 percent of it are less than 10us"));
}

TEST(ScenarioReader, ReservationsArePercentOfAPcpu) {
  const std::string rest = "[script.s]\nphases = [{ run = '1ms' }]\n[[vm]]\nvcpus = 3\nscript = 's'\n";
  const auto s = scenes::read(rest + "reservation = '40%'\n");
  ASSERT_TRUE(s) << s.error().sentence;
  EXPECT_EQ(s->vms[0].reservation, 40u);
  EXPECT_EQ(s->vms[0].reservation_period, 10ms);
  const auto traits = traits_of(*s, PcpuSet::first(2));
  ASSERT_EQ(traits.size(), 3u);
  EXPECT_EQ(traits[2].reservation.budget, 1'333'334ns) << "a third of 4 ms, rounded up";
  EXPECT_EQ(scenes::read(rest + "reservation = 300\nreservation_period = '1s'\n")->vms[0].reservation, 300u);
  for (const char* wrong : {"'1ms'", "0", "'301%'", "'40'", "'-1%'", "'4%%'", "1.5", "true", "'99999999999999999999%'"})
    EXPECT_THAT(refused(rest + "reservation = " + wrong + "\n"),
                HasSubstr("scene.toml:6: vm[0].reservation: percent of one pCPU from 1% to 300%")) << wrong;
  EXPECT_THAT(refused(rest + "reservation_period = '5ms'\n"), HasSubstr("reservation = \"40%\" is expected beside it"));
  for (const char* wrong : {"'999us'", "'2s'"})
    EXPECT_THAT(refused(rest + "reservation = 3\nreservation_period = " + wrong + "\n"),
                HasSubstr("scene.toml:7: vm[0].reservation_period: ")) << wrong;
  EXPECT_THAT(refused(rest + "reservation = 2\nreservation_period = '1ms'\n"), HasSubstr("is less than 10us"));
  EXPECT_THAT(refused(rest + "cap = 39\nreservation = 40\n"), HasSubstr("40% are more than its cap, 39%, lets it run"));
  EXPECT_THAT(refused(rest + "vcpu_cap = 10\nreservation = 31\n"), HasSubstr("31% are more than its cap, 30%"));
  EXPECT_TRUE(scenes::read(rest + "vcpu_cap = 10\nreservation = 30\n"));
}

TEST(ScenarioReader, ScriptsThatCannotGoOnAreRefused) {
  const auto one = [](const std::string& phases, const std::string& rest = "") {
    return refused(rest + "[[vm]]\nname = 'v'\nvcpus = 2\nscript = 's'\n[script.s]\nphases = [" + phases + "]\n"
                   "[script.other]\nphases = [{ signal = 'e' }]\n");
  };
  EXPECT_THAT(one("{ fork = 'other' }"),
              HasSubstr("scene.toml:6: script.s.phases: it forks, and VM 'v' has no vCPU for that"));
  EXPECT_THAT(one("{ wait = 'e' }"),
              HasSubstr("script.s.phases: it waits for 'e', which no script that could reach it"));
  EXPECT_EQ(one("{ wait = 'e' }, { broadcast = 'e' }"), "it was taken");
  EXPECT_THAT(one("{ lock = 'm' }, { run = '1us' }, { lock = 'm' }"), HasSubstr("it takes the lock 'm' a second time"));
  EXPECT_THAT(one("{ lock = 'm' }, { unlock = 'm' }, { unlock = 'm' }"), HasSubstr("it unlocks 'm', which it"));
  EXPECT_EQ(one("{ lock = 'm' }, { unlock = 'm' }, { lock = 'm', do = [] }"), "it was taken");
  EXPECT_THAT(one("{ barrier = 'b' }", "[barrier.b]\nparties = 3\n"),
              HasSubstr("scene.toml:2: barrier.b.parties: it waits for 3 parties, and only 2 of VM 'v' ever come"));
  EXPECT_EQ(one("{ barrier = 'b' }", "[barrier.b]\nparties = 2\n"), "it was taken");
  EXPECT_THAT(one("{ barrier = 'b' }", "[barrier.b]\nparties = 3\nshared = true\n"), HasSubstr("only 2 vCPUs ever"));
}

TEST(ScenarioReader, AVmIsStartedAndStoppedInTurn) {
  const std::string head = "[script.s]\nphases = [{ run = '1ms' }]\n[[vm]]\nname = 'a'\nscript = 's'\n";
  const auto turn = [](const std::string& at, const std::string& what) {
    return "[[timeline]]\nat = '" + at + "'\nvm = 'a'\n" + what + " = true\n";
  };
  const auto s = scenes::read(head + "stop = '2ms'\n" + turn("9ms", "stop") + turn("5ms", "start"));
  ASSERT_TRUE(s) << s.error().sentence;
  const std::vector<Life>& lives = s->vms[0].lives;
  ASSERT_EQ(lives.size(), 2u);
  EXPECT_EQ(lives[0].starts_at, 0ms);
  EXPECT_EQ(lives[0].stops_at, 2ms);
  EXPECT_EQ(lives[1].starts_at, 5ms);
  EXPECT_EQ(lives[1].stops_at, 9ms);
  EXPECT_THAT(refused(head + turn("3ms", "start") + turn("5ms", "start")),
              HasSubstr(":13: timeline[1].start: VM 'a' would be started at 5ms, and is on since 3ms; stop it "));
  EXPECT_THAT(refused(head + "stop = '2ms'\n" + turn("7ms", "stop")),
              HasSubstr("VM 'a' would be stopped at 7ms, and is off since 2ms; start it between"));
  EXPECT_THAT(refused(head + "start = '5ms'\n" + turn("3ms", "start")),
              HasSubstr("timeline[0].start: VM 'a' would be started at 5ms, and is on since 3ms"));
  EXPECT_THAT(refused(head + turn("3ms", "start") + turn("3ms", "stop")), HasSubstr("it starts at this moment"));
  std::string often = "[[vm]]\nname = 'a'\nguest = 'hello'\n";
  for (int i = 1; i <= 16; ++i)
    often += turn(std::to_string(2 * i) + "ms", "stop") + turn(std::to_string(2 * i + 1) + "ms", "start");
  EXPECT_THAT(refused(often), HasSubstr("a VM with a guest is started 16 times at most"));
  EXPECT_THAT(refused(head + "vcpus = 40000\n" + turn("2ms", "stop") + turn("3ms", "start") + turn("4ms", "stop") +
                      turn("5ms", "start")), HasSubstr("more than 65536 vCPUs are started again"));
}

}  // namespace
}  // namespace roost
