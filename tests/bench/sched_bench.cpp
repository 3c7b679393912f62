// What one decision costs: a slice's end on one runqueue (charge, enqueue, pick) at 1 to 100,000 runnable vCPUs and a
// block and a wakeup on it, for every discipline of the catalog; a snapshot; and the plans of placement and balance on
// hosts of up to 4096 pCPUs.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "sched/policy/catalog.hpp"
#include "sched/runqueue/runqueue.hpp"
#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"
#include "vmm/executor/published_loads.hpp"

namespace {

using namespace roost;

/// `runnable` vCPUs of four weights on one runqueue, the first of them running.
struct FullQueue {
  FullQueue(std::string_view spec, std::size_t runnable)
      : policy(std::move(*make_policy(spec, Topology::flat(1), runnable))), table(*policy.discipline, runnable) {
    for (std::size_t v = 0; v < runnable; ++v) {
      const auto weight = static_cast<std::uint32_t>(100 * (1 + v % 4));
      table.admit(id_at<VcpuId>(v), {.weight = Weight{weight}, .allowed = PcpuSet::first(1)});
      queue.enqueue(id_at<VcpuId>(v), EnqueueWhy::Fork, now);
    }
    next();
  }

  /// Whoever may run next, as soon as it may.
  void next() {
    for (pick = *queue.pick(now); pick.vcpu == kNoVcpu; pick = *queue.pick(now)) now = pick.until;
  }

  void charge_slice() {
    const Time end = std::min(pick.until, now + kLongest);
    queue.charge(pick.vcpu, end - now, end);
    now = end;
  }

  static constexpr Duration kLongest = std::chrono::milliseconds(100);  // of a slice that has no end of its own

  Policy policy;
  RunqueueTable table;
  Runqueue queue{table, RunqueueId{0}};
  Time now{};
  Pick pick;
};

void BM_SliceEnd(benchmark::State& state, std::string_view spec) {
  FullQueue full(spec, static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    full.charge_slice();
    full.queue.enqueue(full.pick.vcpu, EnqueueWhy::SliceEnd, full.now);
    full.next();
  }
}

/// The running vCPU blocks, the next is picked, and the first wakes again.
void BM_BlockPickWake(benchmark::State& state, std::string_view spec) {
  FullQueue full(spec, static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const VcpuId sleeper = full.pick.vcpu;
    full.charge_slice();
    full.queue.leave(sleeper, LeaveWhy::Blocked, full.now);
    full.next();
    full.queue.enqueue(sleeper, EnqueueWhy::Wake, full.now);
    benchmark::DoNotOptimize(full.queue.preempts(sleeper, full.pick.vcpu, full.now));
  }
}

void BM_Snapshot(benchmark::State& state, const char* spec) {
  const FullQueue full(spec, 8);
  for (auto _ : state) benchmark::DoNotOptimize(full.queue.snapshot(full.now));
}

/// LLCs of 8 cores of 2 pCPUs, 4 to a node.
Topology host_of(benchmark::State& state) {
  return kit::even_host({.pcpus = static_cast<std::uint32_t>(state.range(0)), .core = 2, .llc = 16, .node = 64});
}

/// Somebody wakes where nobody idles, or (`idle_one`) one pCPU of its LLC does.
void BM_Place(benchmark::State& state, const std::string& placement, bool idle_one) {
  const auto pcpus = static_cast<std::uint32_t>(state.range(0));
  const Topology host = host_of(state);
  const Policy policy = std::move(*make_policy("roost,place=" + placement, host, 1));
  PublishedLoads loads(RunqueueMap(Topology::flat(pcpus), Granularity::Pcpu));
  for (std::uint32_t p = 0; p < pcpus; ++p)
    loads.publish(RunqueueId{p}, idle_one && p == 5 ? kit::idle() : kit::busy(1));
  const PcpuSet allowed = PcpuSet::first(pcpus);
  std::uint64_t turn = 0;
  policy.placer->choose({.vcpu = VcpuId{0}, .allowed = &allowed}, loads);
  for (auto _ : state)
    benchmark::DoNotOptimize(policy.placer->choose({.vcpu = VcpuId{0}, .kind = PlacementKind::Wake, .last = PcpuId{0},
                                                    .waker = PcpuId{1}, .allowed = &allowed, .turn = ++turn}, loads));
}

enum class Others { HaveNothing, HaveMore, AreEven };

/// A pCPU in the middle of the host plans (under `epoch` the lowest, which does so for all): it has run dry, or it has
/// 2 waiting and all others nothing, more or as many. A balancer with intervals finds all of its domains due.
void BM_Plan(benchmark::State& state, const std::string& balance, Trigger trigger, Others others) {
  const auto pcpus = static_cast<std::uint32_t>(state.range(0));
  const Policy policy = std::move(*make_policy("roost,balance=" + balance, host_of(state), 1));
  PublishedLoads loads(RunqueueMap(Topology::flat(pcpus), Granularity::Pcpu));
  const std::uint32_t waiting = others == Others::HaveNothing ? 0 : others == Others::HaveMore ? 6 : 2;
  for (std::uint32_t p = 0; p < pcpus; ++p) loads.publish(RunqueueId{p}, kit::busy(waiting));
  const PcpuId self{balance == "epoch" ? 0 : pcpus / 2 + 1};
  loads.publish(id_at<RunqueueId>(index(self)), trigger == Trigger::NewIdle ? kit::idle() : kit::busy(2));
  Time now{};
  policy.balancer->next_due(self, now);
  for (auto _ : state) {
    now += std::chrono::seconds(1000);
    benchmark::DoNotOptimize(policy.balancer->plan(self, trigger, loads, now));
  }
}

void register_disciplines() {
  for (const DisciplineEntry* entry : standard_catalog().disciplines) {
    const std::string name(entry->info.name);
    benchmark::RegisterBenchmark(("BM_SliceEnd/" + name).c_str(), BM_SliceEnd, entry->info.name)
        ->Arg(1)->Arg(8)->Arg(64)->Arg(1000)->Arg(10000)->Arg(100000);
    benchmark::RegisterBenchmark(("BM_BlockPickWake/" + name).c_str(), BM_BlockPickWake, entry->info.name)
        ->Arg(2)->Arg(8)->Arg(64)->Arg(1000)->Arg(10000)->Arg(100000);
  }
}

void register_placements() {
  for (const PlacementEntry* entry : standard_catalog().placements) {
    const std::string name(entry->info.name);
    for (const bool idle_one : {false, true})
      benchmark::RegisterBenchmark(((idle_one ? "BM_PlaceInLlc/" : "BM_Place/") + name).c_str(), BM_Place, name,
                                   idle_one)
          ->Arg(8)->Arg(64)->Arg(512)->Arg(4096);
  }
}

void register_plans() {
  for (const BalanceEntry* entry : standard_catalog().balances) {
    const std::string name(entry->info.name);
    const auto add = [&](const std::string& what, Trigger trigger, Others others) {
      benchmark::RegisterBenchmark(("BM_Plan/" + name + "/" + what).c_str(), BM_Plan, name, trigger, others)
          ->Arg(8)->Arg(64)->Arg(512)->Arg(4096);
    };
    add("dry_nothing", Trigger::NewIdle, Others::HaveNothing);
    add("dry_some", Trigger::NewIdle, Others::HaveMore);
    add("due_even", Trigger::Periodic, Others::AreEven);
    add("due_more", Trigger::Periodic, Others::HaveMore);
    add("due_less", Trigger::Periodic, Others::HaveNothing);
  }
}

}  // namespace

BENCHMARK_CAPTURE(BM_Snapshot, weighted_fair, "weighted_fair");

int main(int count, char** words) {
  benchmark::Initialize(&count, words);
  if (benchmark::ReportUnrecognizedArguments(count, words)) return 1;
  register_disciplines();
  register_placements();
  register_plans();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
