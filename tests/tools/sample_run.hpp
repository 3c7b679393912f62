// The room: a run made by hand, for tests of what is shown of it: VM "a" of two vCPUs, "b" of one, on two pCPUs of two
// LLCs, for 10 ms.
#pragma once

#include <utility>

#include "tools/report/finished_run.hpp"

namespace roost {

inline Duration ms(std::int64_t count) { return Duration(count * 1'000'000); }
inline Time at_us(std::int64_t us) { return time_at(1'000'000'000 + us * 1000); }

inline VcpuReport sample_vcpu(std::string vm, std::uint32_t number, Duration run, Duration wait) {
  VcpuReport vcpu;
  vcpu.vm = std::move(vm);
  vcpu.number = number;
  vcpu.run = run;
  vcpu.wait = wait;
  vcpu.lifetime = ms(10);
  vcpu.halted = vcpu.lifetime - run - wait;
  vcpu.steal = wait - Duration(1000);
  vcpu.longest_wait = Duration(2'000'000);
  vcpu.retired = static_cast<std::uint64_t>(nanoseconds(run)) / 5;  // 200 MIPS
  vcpu.slices = 7;
  vcpu.run_on.add(PcpuId{0}, run / 4);
  vcpu.run_on.add(PcpuId{1}, run - run / 4);
  return vcpu;
}

inline PcpuReport sample_pcpu(Duration busy, Duration overhead) {
  PcpuReport pcpu;
  pcpu.busy = busy;
  pcpu.overhead = overhead;
  pcpu.idle = ms(10) - busy - overhead;
  pcpu.switches = 12;
  pcpu.kicks_sent = 3;
  pcpu.kicks_suppressed = 1;
  pcpu.sleeps = 2;
  pcpu.polls_hit = 4;
  pcpu.pulls = 5;
  pcpu.asked = {20, 3};
  pcpu.balance[static_cast<std::size_t>(Distance::Llc)] = {.attempts = 23, .moved = 4, .plans = {4, 2, 0, 0, 0}};
  pcpu.balance[static_cast<std::size_t>(Distance::Package)] = {.attempts = 9, .moved = 1, .plans = {1, 0, 0, 1, 0}};
  pcpu.balance[static_cast<std::size_t>(Distance::Remote)].attempts = 5;
  return pcpu;
}

inline Topology two_llcs() {
  IdVector<PcpuId, PcpuPlace> places(2);
  places[PcpuId{1}].llc = 1;
  places[PcpuId{1}].core = 1;
  places[PcpuId{1}].host_cpu = 5;
  return Topology(std::move(places), {});
}

inline std::vector<Event> sample_events() {
  const PcpuId p0{0}, p1{1};
  const VcpuId a0{0}, a1{1}, b0{2};
  const auto out = [](SwitchOut why) { return static_cast<std::uint8_t>(why); };
  return {
      {.at = at_us(0), .vcpu = a0, .pcpu = p0, .kind = EventKind::Switch, .detail = out(SwitchOut::Idle)},
      {.at = at_us(10), .vcpu = a1, .pcpu = p1, .kind = EventKind::Switch, .detail = out(SwitchOut::Idle)},
      {.at = at_us(20), .vcpu = b0, .pcpu = p1, .other = p0, .kind = EventKind::Wakeup, .length = 1},
      {.at = at_us(21), .pcpu = p0, .other = p1, .kind = EventKind::Kick},
      {.at = at_us(25), .vcpu = b0, .pcpu = p1, .kind = EventKind::Switch, .detail = out(SwitchOut::Preempted),
       .length = 1},
      {.at = at_us(30), .vcpu = kNoVcpu, .pcpu = p0, .kind = EventKind::Switch, .detail = out(SwitchOut::Blocked)},
      {.at = at_us(31), .pcpu = p1, .kind = EventKind::QueueLen, .length = 0},
      {.at = at_us(31), .vcpu = a1, .pcpu = p1, .other = p0, .kind = EventKind::Migrate,
       .detail = static_cast<std::uint8_t>(MigrateWhy::Pull)},
      {.at = at_us(32), .vcpu = a1, .pcpu = p0, .kind = EventKind::Switch, .detail = out(SwitchOut::Idle)},
      {.at = at_us(40), .vcpu = kNoVcpu, .pcpu = p1, .kind = EventKind::Switch, .detail = out(SwitchOut::Finished)},
  };
}

inline FinishedRun sample_run() {
  FinishedRun run;
  run.topology = two_llcs();
  RunReport& report = run.report;
  report.world = "live";
  report.policy = "fair";
  report.wall = ms(10);
  report.vms.push_back({.name = "a", .guest = "lock_fight", .exit_code = 0, .ended = true, .lifetime = ms(10)});
  report.vms.push_back({.name = "b", .guest = "spin", .exit_code = 3, .ended = false, .lifetime = ms(10)});
  report.vcpus.push_back(sample_vcpu("a", 0, ms(6), ms(3)));
  report.vcpus.push_back(sample_vcpu("a", 1, ms(5), ms(5)));
  report.vcpus.push_back(sample_vcpu("b", 0, ms(4), ms(6)));
  VcpuReport& first = report.vcpus[VcpuId{0}];
  first.wakeups = 1234;
  for (int i = 1; i <= 100; ++i) first.wake_to_run.add(Duration(i * 1000));
  first.migrations[static_cast<std::size_t>(Distance::Llc)][static_cast<std::size_t>(MigrateWhy::Pull)] = 3;
  first.migrations[static_cast<std::size_t>(Distance::Package)][static_cast<std::size_t>(MigrateWhy::Placement)] = 1;
  report.pcpus.push_back(sample_pcpu(ms(8), Duration(50'000)));
  report.pcpus.push_back(sample_pcpu(ms(7), Duration(40'000)));
  report.elsewhere.kicks_sent = 9;
  run.events = sample_events();
  return run;
}

}  // namespace roost
