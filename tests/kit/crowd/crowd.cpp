#include "tests/kit/crowd/crowd.hpp"

#include <algorithm>

#include "sched/policy/catalog.hpp"
#include "tests/kit/even_host.hpp"

namespace roost::kit {

namespace {

using std::chrono::microseconds;

constexpr std::size_t kVmSize = 16;

Distribution between(Duration least, Duration most) {
  return {.kind = Distribution::Kind::Uniform, .a = least, .b = most};
}

/// `first` and `second` if not null around a run, for ever.
Script script(const char* name, const Phase* first, std::initializer_list<Phase> then) {
  Script out;
  out.name = name;
  ScriptWriter writer(out);
  writer.begin_repeat(kForever);
  if (first != nullptr) writer.add(*first);
  writer.add({.kind = Phase::Kind::Run, .span = between(microseconds(20), microseconds(80))});
  for (const Phase& phase : then) writer.add(phase);
  writer.end_repeat();
  return out;
}

Scenario crowd_of(std::size_t vcpus, std::size_t each) {
  Scenario scenario;
  const std::uint32_t work = scenario.object(ObjectSpec::Kind::Event, "work");
  const auto pause = microseconds(50 * each);
  const Phase sleep{.kind = Phase::Kind::Sleep, .span = between(pause / 2, pause * 3 / 2)};
  const Phase wait{.kind = Phase::Kind::Wait, .object = work}, signal{.kind = Phase::Kind::Signal, .object = work};
  scenario.scripts = {script("sleeper", nullptr, {sleep}), script("producer", nullptr, {signal, sleep}),
                      script("consumer", &wait, {})};
  const std::size_t size = std::min(vcpus, kVmSize);
  scenario.vms.resize(vcpus / size);
  for (ScenarioVm& vm : scenario.vms) {
    vm.name = "vm";
    vm.vcpus = static_cast<std::uint32_t>(size);
    vm.scripts = {0, 0, 1, 2};
  }
  return scenario;
}

}  // namespace

Topology crowd_host(std::size_t pcpus) {
  if (pcpus <= 64) return Topology::flat(pcpus);
  return even_host({.pcpus = static_cast<std::uint32_t>(pcpus), .llc = 16, .node = 128});
}

CrowdCounts& CrowdCounts::operator+=(const CrowdCounts& other) {
  engine += other.engine;
  switches += other.switches;
  wakeups += other.wakeups;
  blocks += other.blocks;
  kicks += other.kicks;
  timers += other.timers;
  return *this;
}

Crowd::Crowd(const CrowdSize& size) : scenario_(crowd_of(size.pcpus * size.vcpus_each, size.vcpus_each)) {
  const Topology host = crowd_host(size.pcpus);
  SimulatedWorld::make_room(size.pcpus, size.pcpus * size.vcpus_each);
  world_ = std::make_unique<SimulatedWorld>(
      SimulatedConfig{.topology = host, .time_limit = size.time_limit, .trace_capacity = size.trace_capacity},
      std::move(*make_policy(size.policy, host, size.pcpus * size.vcpus_each)));
  const ScriptWires wires{.sink = &world_->sink()};
  workload_ = std::make_unique<Workload>(scenario_, host.all(), wires, 1);
}

RunEnd Crowd::run() {
  std::vector<TenantVm> vms;
  for (const ScenarioVm& vm : scenario_.vms) vms.push_back({vm.name, "script"});
  std::vector<SteppedTenant> tenants;
  for (const Workload::Role& role : workload_->roles()) tenants.push_back({role.vcpu, role.traits, role.number});
  return world_->run(std::move(vms), std::move(tenants));
}

CrowdCounts Crowd::counts() const {
  const RunReport report = world_->report();
  CrowdCounts counts{.engine = world_->events_handled()};
  for (const VcpuReport& vcpu : report.vcpus) counts.wakeups += vcpu.wakeups;
  counts.blocks = counts.wakeups;  // each wakeup ends one
  for (const PcpuReport& pcpu : report.pcpus) {
    counts.switches += pcpu.switches;
    counts.kicks += pcpu.kicks_sent;
    counts.timers += pcpu.timers;
  }
  return counts;
}

}  // namespace roost::kit
