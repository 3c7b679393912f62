// rv64 guests with modelled caches, engine and model together, on one core: guest instructions per second (items).
// Argument `modelled`: 0 without caches, as QuantumVcpu runs without them, 1 with. KiB: the guest's working set.

#include <benchmark/benchmark.h>

#include "tests/bench/bench_scene.hpp"
#include "vmm/caches/guest_caches.hpp"

namespace roost::rv64 {
namespace {

constexpr std::uint64_t kPiece = 2048, kPiecesInAQuantum = 10;
constexpr std::uint64_t kWalk = kRam + (1 << 20);  // where working sets lie

/// Quanta of 20480 instructions, in pieces, as QuantumVcpu makes them; the log is answered after each.
void measure(BenchScene& s, benchmark::State& state) {
  GuestCaches caches(Topology::flat(1), {});
  const GuestCaches::Runner runner{VcpuId{0}, VmId{0}, PcpuId{0}};
  const bool modelled = state.range(0) != 0;
  std::int64_t now_ps = 0;
  std::uint64_t retired = 0;
  for (auto _ : state) {
    for (std::uint64_t piece = 0; piece < kPiecesInAQuantum; ++piece) {
      if (!modelled) {
        retired += s.hart->run({.instructions = kPiece}).retired;
        continue;
      }
      PrivateCaches& own = caches.enter(runner);
      own.begin(now_ps);
      retired += s.hart->run({.instructions = kPiece, .doorbell = &own.contended(), .observer = &own}).retired;
      caches.count(runner, own);
      now_ps += static_cast<std::int64_t>(kPiece) * 500 + own.waited_ps();
    }
    caches.settle(now_ps);
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
