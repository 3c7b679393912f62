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

/// Nobody is idle, on LLCs of 8 cores of 2 pCPUs.
void BM_Place(benchmark::State& state, const std::string& placement) {
  const auto pcpus = static_cast<std::uint32_t>(state.range(0));
  const Topology host = kit::even_host({.pcpus = pcpus, .core = 2, .llc = 16, .node = 64});
  const Policy policy = std::move(*make_policy("roost,place=" + placement, host, 1));
  PublishedLoads loads(RunqueueMap(Topology::flat(pcpus), Granularity::Pcpu));
  for (std::uint32_t p = 0; p < pcpus; ++p) loads.publish(RunqueueId{p}, kit::busy(1));
  const PcpuSet allowed = PcpuSet::first(pcpus);
  std::uint64_t turn = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(policy.placer->choose(
        {.vcpu = VcpuId{0}, .last = PcpuId{0}, .allowed = &allowed, .turn = ++turn}, loads));
}

/// Nobody has anything to give: every pCPU is looked at.
void BM_PullNothing(benchmark::State& state) {
  const auto pcpus = static_cast<std::size_t>(state.range(0));
  const Policy policy = std::move(*make_policy("roost", Topology::flat(pcpus), 1));
  kit::FakeLoads loads(pcpus);
  for (std::size_t p = 1; p < pcpus; ++p) loads[p] = kit::busy(0);
  for (auto _ : state)
    benchmark::DoNotOptimize(policy.balancer->plan(PcpuId{0}, Trigger::NewIdle, loads, time_at(0)));
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
    benchmark::RegisterBenchmark(("BM_Place/" + name).c_str(), BM_Place, name)->Arg(8)->Arg(64)->Arg(512)->Arg(4096);
  }
}

}  // namespace

BENCHMARK_CAPTURE(BM_Snapshot, weighted_fair, "weighted_fair");
BENCHMARK(BM_PullNothing)->Arg(2)->Arg(64)->Arg(1024);

int main(int count, char** words) {
  benchmark::Initialize(&count, words);
  if (benchmark::ReportUnrecognizedArguments(count, words)) return 1;
  register_disciplines();
  register_placements();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
