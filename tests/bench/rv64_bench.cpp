// The RV64 engine alone: guest instructions per second (items) of a CoreMark-like mix and of single kinds of work.
// The mix: a linked list is walked, a dot product is made, a CRC is computed bit by bit, each in a function of its own.

#include <benchmark/benchmark.h>

#include "tests/bench/bench_scene.hpp"

namespace roost::rv64 {
namespace {

void measure(BenchScene& s, benchmark::State& state) {
  std::uint64_t retired = 0;
  for (auto _ : state) retired += s.step(1'000'000).retired;
  state.SetItemsProcessed(static_cast<std::int64_t>(retired));
}

void Mix(benchmark::State& state) {
  BenchScene s;
  prepare_mix(s);
  measure(s, state);
}
BENCHMARK(Mix);

void MixPaged(benchmark::State& state) {
  BenchScene s;
  prepare_mix(s);
  s.page();
  measure(s, state);
}
BENCHMARK(MixPaged);

/// A loop of `body` and a jump back.
void loop(benchmark::State& state, std::initializer_list<U> body) {
  BenchScene s;
  s.x(t0) = kData;
  s.x(t1) = 1;
  s.code(kRam, body);
  s.code(kRam + 4 * body.size(), {j(-4 * static_cast<I>(body.size()))});
  s.code(kTrapVector, {csrr(t3, 0x341), addi(t3, t3, 4), csrw(0x341, t3), mret()});
  measure(s, state);
}

void Amoadd(benchmark::State& state) { loop(state, {amoadd(3, t2, t0, t1)}); }
BENCHMARK(Amoadd);
void LrSc(benchmark::State& state) { loop(state, {lr(3, t2, t0), sc(3, t3, t0, t2)}); }
BENCHMARK(LrSc);
void EcallAndBack(benchmark::State& state) { loop(state, {ecall()}); }
BENCHMARK(EcallAndBack);
void CsrSwap(benchmark::State& state) { loop(state, {csrrw(t2, 0x340, t2)}); }
BENCHMARK(CsrSwap);
void MisalignedLoad(benchmark::State& state) { loop(state, {ld(t2, t0, 1)}); }
BENCHMARK(MisalignedLoad);
void DoubleAdd(benchmark::State& state) {
  loop(state, {r_type(0x53, 7, 1, 1, 2, 3), r_type(0x53, 7, 1, 4, 5, 6)});
}
BENCHMARK(DoubleAdd);

/// Loads that stride over more pages than the TLB has entries: each is a walk of three levels.
void TlbMiss(benchmark::State& state) {
  BenchScene s;
  s.page();
  s.x(t0) = s.x(t1) = kRam + (1 << 20);
  s.x(t2) = kRam + (40 << 20);
  s.x(t3) = 4096;
  s.code(kRam, {ld(t4, t0, 0), add(t0, t0, t3), bne(t0, t2, -8), mv(t0, t1), j(-16)});
  measure(s, state);
}
BENCHMARK(TlbMiss);

}  // namespace
}  // namespace roost::rv64

BENCHMARK_MAIN();
