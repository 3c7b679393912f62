// rv64 guests with modelled caches, engine and model together, on one core: guest instructions per second (items).
// Argument `modelled`: 0 without caches, 1 with. KiB: the guest's working set.

#include <benchmark/benchmark.h>

#include "tests/bench/bench_scene.hpp"
#include "vmm/executor/quantum_vcpu.hpp"

namespace roost::rv64 {
namespace {

constexpr std::uint64_t kWalk = kRam + (1 << 20);  // where working sets lie

/// Quanta, as the simulated world runs them.
void measure(BenchScene& s, benchmark::State& state) {
  GuestCaches caches(Topology::flat(1), {});
  QuantumCaches own{&caches, [] { return PcpuId{0}; }, VcpuId{0}, VmId{0}};
  if (state.range(0) == 0) own = {};
  QuantumClock clock(s.clock);
  QuantumVcpu vcpu(*s.hart, clock, {}, own);
  Time now{};
  std::uint64_t retired = 0;
  for (auto _ : state) {
    const Step step = vcpu.step(now);
    now += step.wait + step.work;
    retired += step.retired;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(retired));
}

void Mix(benchmark::State& state) {
  BenchScene s;
  prepare_mix(s);
  measure(s, state);
}
BENCHMARK(Mix)->ArgName("modelled")->Arg(0)->Arg(1);

/// Adds to a word of each line, in order: load, add, store, next, loop. Argument 1: KiB.
void Stream(benchmark::State& state) {
  BenchScene s;
  s.x(s0) = kWalk;
  s.x(s1) = kWalk + static_cast<std::uint64_t>(state.range(1)) * 1024;
  s.code(kRam, {mv(t0, s0), ld(t1, t0, 0), addi(t1, t1, 1), sd(t1, t0, 0), addi(t0, t0, 64), bne(t0, s1, -16), j(-24)});
  measure(s, state);
}
BENCHMARK(Stream)->ArgNames({"modelled", "KiB"})->ArgsProduct({{0, 1}, {16, 512, 8192, 49152}});

/// Follows a cycle of pointers through all lines in an order without a pattern: every fourth instruction is the load.
void Chase(benchmark::State& state) {
  BenchScene s;
  const std::uint64_t lines = static_cast<std::uint64_t>(state.range(1)) * 16;
  for (std::uint64_t i = 0; i < lines; ++i)
    s.put(kWalk + i * 7919 % lines * 64, kWalk + (i + 1) * 7919 % lines * 64);
  s.x(s0) = kWalk;
  s.code(kRam, {ld(s0, s0, 0), addi(t1, t1, 1), xor_(t2, t2, s0), j(-12)});
  measure(s, state);
}
BENCHMARK(Chase)->ArgNames({"modelled", "KiB"})->ArgsProduct({{0, 1}, {16, 512, 8192, 49152}});

}  // namespace
}  // namespace roost::rv64

BENCHMARK_MAIN();
