// How fast the simulated world is, over sizes from 1 to 4096 pCPUs, and what a vCPU takes in memory.
// README.md beside this file says what is counted as an event, and has the figures.

#include <benchmark/benchmark.h>

#include <time.h>

#include <algorithm>
#include <chrono>

#include "tests/kit/crowd/crowd.hpp"
#include "tests/kit/crowd/heap_use.hpp"

namespace roost {
namespace {

/// Of this thread: what others do on a shared machine does not count.
double cpu_seconds() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

/// `range(0)` pCPUs, `range(1)` vCPUs on each; about as many events at every size, so that the start weighs little.
void run_crowd(benchmark::State& state, std::size_t trace_capacity) {
  const auto pcpus = static_cast<std::size_t>(state.range(0)), each = static_cast<std::size_t>(state.range(1));
  kit::CrowdCounts counts;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto span = std::chrono::microseconds(std::clamp<std::size_t>(60'000'000 / pcpus, 40'000, 4'000'000));
    const std::size_t before = kit::heap_use();
    kit::Crowd crowd({.pcpus = pcpus, .vcpus_each = each, .trace_capacity = trace_capacity, .time_limit = span});
    const double began = cpu_seconds();
    crowd.run();
    state.SetIterationTime(cpu_seconds() - began);
    bytes = kit::heap_use() - before;
    counts += crowd.counts();
  }
  const auto rate = [](std::uint64_t events) {
    return benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
  };
  state.counters["events/s"] = rate(counts.scheduling());
  state.counters["engine_events/s"] = rate(counts.engine);
  state.counters["wakeups/s"] = rate(counts.wakeups);
  state.counters["bytes/vcpu"] = static_cast<double>(bytes / (pcpus * each));
}

void BM_Crowd(benchmark::State& state) { run_crowd(state, 0); }
void BM_CrowdTraced(benchmark::State& state) { run_crowd(state, 40'000'000); }

void sizes(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t pcpus : {1, 4, 16, 64, 256, 1024, 4096}) bench->Args({pcpus, 4});
  bench->Args({4096, 16})->ArgNames({"pcpus", "each"})->UseManualTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(BM_Crowd)->Apply(sizes);
BENCHMARK(BM_CrowdTraced)->Apply(sizes);

}  // namespace
}  // namespace roost
