// What the executor adds to a vCPU's way: a switch on one pCPU, and from a kick to the vCPU that it makes run, each
// beside the bare primitive it is built on, in the same process.
// README.md beside this file has the command lines and the figures.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <thread>

#include "sched/policy/catalog.hpp"
#include "tests/kit/token_ring.hpp"
#include "vmm/executor/dispatcher.hpp"
#include "vmm/executor/live_world.hpp"
#include "vmm/host/doorbell.hpp"
#include "vmm/host/monotonic.hpp"
#include "vmm/host/pinning.hpp"
#include "vmm/host/relax.hpp"
#include "vmm/host/spinlock.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

/// A world with the live world's prices: its clock and its locks, and nobody to kick.
class PricedWorld final : public World {
 public:
  explicit PricedWorld(std::size_t runqueues) : locks_(runqueues) {}
  Time now() override { return host::monotonic_now(); }
  void acquire(RunqueueId rq) override { locks_[index(rq)].lock(); }
  void release(RunqueueId rq) override { locks_[index(rq)].unlock(); }
  void kick(PcpuId, KickHow) override {}
  bool recording() const override { return false; }
  void record(const Event&) override {}
  PcpuId self() const override { return PcpuId{0}; }

 private:
  std::vector<host::Spinlock> locks_;
};

/// One vCPU halts, the next runs: returned(Halted), with `range` vCPUs queued. Time per switch.
void BM_VcpuSwitch(benchmark::State& state, const char* spec) {
  const auto vcpus = static_cast<std::size_t>(state.range(0));
  const Topology topology = Topology::flat(1);
  Policy policy = std::move(*make_policy(spec, topology, vcpus));
  PricedWorld world(1);
  std::vector<VcpuTraits> traits(vcpus, VcpuTraits{.allowed = topology.all()});
  Dispatcher dispatcher(world, std::move(policy), topology, traits);
  dispatcher.start(world.now());
  const std::size_t batch = std::max<std::size_t>(vcpus, 1) - 1;
  for (auto _ : state) {
    dispatcher.next(PcpuId{0});
    const Time began = world.now();
    for (std::size_t i = 0; i < batch; ++i)
      benchmark::DoNotOptimize(dispatcher.returned(PcpuId{0}, {.why = ExitWhy::Halted, .retired = 1}));
    const Duration took = world.now() - began;
    state.SetIterationTime(static_cast<double>(nanoseconds(took)) / static_cast<double>(batch) * 1e-9);
    dispatcher.returned(PcpuId{0}, {.why = ExitWhy::Halted, .retired = 1});
    for (std::size_t i = 0; i < vcpus; ++i) dispatcher.wake(id_at<VcpuId>(i));
  }
}
BENCHMARK_CAPTURE(BM_VcpuSwitch, round_robin, "round_robin")->Arg(2)->Arg(9)->Arg(65)->UseManualTime();
BENCHMARK_CAPTURE(BM_VcpuSwitch, roost, "roost")->Arg(2)->Arg(9)->Arg(65)->UseManualTime();

Duration median(std::vector<Duration>& samples) {
  if (samples.empty()) return Duration{0};
  std::nth_element(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2), samples.end());
  return samples[samples.size() / 2];
}

constexpr int kRounds = 4000;

/// One of two pinned threads that answer each other: from the send of one until the other goes on.
struct BareSide {
  std::atomic<int> flag{0};
  host::Doorbell bell;
  std::atomic<std::int64_t> sent_at{0};
};

/// As the kicked vCPUs below do: each computes for `pause` and then sends to the other, which has nothing else to do.
template <typename Send, typename Await>
Duration bare_latency(Send send, Await await, Duration pause) {
  const std::vector<std::uint32_t> cpus = host::usable_cpus();
  std::vector<Duration> samples;
  BareSide there, back;
  const auto turn = [&](BareSide& to, int round) {
    const Time until = host::monotonic_now() + pause;
    while (host::monotonic_now() < until) host::relax();
    to.sent_at.store(nanoseconds(host::monotonic_now()));
    send(to, round);
  };
  std::jthread other([&] {
    host::restrict_thread({cpus.back()});
    for (int i = 1; i <= kRounds; ++i) {
      await(there, i);
      samples.push_back(host::monotonic_now() - time_at(there.sent_at.load()));
      turn(back, i);
    }
  });
  host::restrict_thread({cpus.front()});
  for (int i = 1; i <= kRounds; ++i) {
    turn(there, i);
    await(back, i);
  }
  other.join();
  host::restrict_thread(cpus);
  return median(samples);
}

void BM_BareSpinFlag(benchmark::State& state) {
  for (auto _ : state) {
    const Duration took = bare_latency([](BareSide& side, int i) { side.flag.store(i); },
                                       [](BareSide& side, int i) {
                                         while (side.flag.load(std::memory_order_relaxed) < i) host::relax();
                                       },
                                       Duration(state.range(0)));
    state.SetIterationTime(static_cast<double>(nanoseconds(took)) * 1e-9);
  }
}
BENCHMARK(BM_BareSpinFlag)->ArgName("pause_ns")->Arg(2'000)->UseManualTime()->Iterations(1);

void BM_BareFutex(benchmark::State& state) {
  for (auto _ : state) {
    const Duration took = bare_latency([](BareSide& side, int) { side.bell.ring(); },
                                       [](BareSide& side, int) { side.bell.sleep_until(kNever), side.bell.clear(); },
                                       Duration(state.range(0)));
    state.SetIterationTime(static_cast<double>(nanoseconds(took)) * 1e-9);
  }
}
BENCHMARK(BM_BareFutex)->ArgName("pause_ns")->Arg(200'000)->UseManualTime()->Iterations(1);

/// vCPU 0 on pCPU 0 computes for `pause`, then kicks the idle pCPU 1 by waking vCPU 1, which runs and wakes 0 again.
class Kicker final : public Vcpu {
 public:
  Exit run(const Budget&) override {
    const Time began = host::monotonic_now();
    if (line.exchange(0) == 0) return {.why = *over ? ExitWhy::Stopped : ExitWhy::Halted};
    ran_at.push_back(began);
    if (++rounds >= kRounds) {
      *over = true;
      for (std::uint32_t v = 0; v < 2; ++v) sink->wake(VcpuId{v});
      return {.why = ExitWhy::Stopped};
    }
    while (host::monotonic_now() < began + pause) host::relax();
    other->post_interrupt(0, true);
    return {.why = ExitWhy::Halted};
  }
  void post_interrupt(unsigned, bool) override {
    line.store(1);
    woken_at.push_back(host::monotonic_now());
    sink->wake(id);
  }
  std::atomic<int> line{0};
  WakeSink* sink = nullptr;
  VcpuId id{0};
  Kicker* other = nullptr;
  std::atomic<bool>* over = nullptr;
  Duration pause{};
  int rounds = 0;
  std::vector<Time> woken_at, ran_at;
};

struct KickFigures {
  Duration wake_to_run, kick_to_run;
};

/// Two pCPUs on two host CPUs, if there are two.
Topology two_pcpus() {
  const std::vector<std::uint32_t> cpus = host::usable_cpus();
  IdVector<PcpuId, PcpuPlace> places(2);
  places[PcpuId{0}] = {.core = 0, .host_cpu = cpus.front()};
  places[PcpuId{1}] = {.core = 1, .host_cpu = cpus.back()};
  return Topology(places, {});
}

KickFigures kick_latency(Duration pause) {
  const Topology topology = two_pcpus();
  auto world = LiveWorld::pinned({.topology = topology, .trace_capacity = 10 * kRounds},
                                 std::move(*make_policy("roost", topology, 2)));
  std::atomic<bool> over{false};
  Kicker a, b;
  std::vector<Tenant> tenants;
  for (Kicker* k : {&a, &b}) {
    k->sink = &world->wake_sink(), k->over = &over, k->pause = pause, k->id = id_at<VcpuId>(tenants.size());
    k->other = k == &a ? &b : &a;
    PcpuSet only;
    only.insert(id_at<PcpuId>(tenants.size()));
    tenants.push_back({k, {.allowed = only}, static_cast<std::uint32_t>(tenants.size())});
  }
  a.line.store(1);
  world->run({{"bench", "kicker"}}, tenants);
  std::vector<Duration> from_wake, from_kick;
  for (std::size_t i = 0; i < std::min(b.woken_at.size(), b.ran_at.size()); ++i)
    from_wake.push_back(b.ran_at[i] - b.woken_at[i]);
  std::vector<Time> kicked;
  for (const Event& event : world->events())
    if (event.kind == EventKind::Kick && event.other == PcpuId{1})
      kicked.push_back(event.at + (world->began() - Time{}));
  for (const Time ran : b.ran_at) {
    const auto after = std::upper_bound(kicked.begin(), kicked.end(), ran);
    if (after != kicked.begin()) from_kick.push_back(ran - *(after - 1));
  }
  return {median(from_wake), median(from_kick)};
}

void BM_KickToRun(benchmark::State& state) {
  for (auto _ : state) {
    const KickFigures took = kick_latency(Duration(state.range(0)));
    state.SetIterationTime(static_cast<double>(nanoseconds(took.kick_to_run)) * 1e-9);
    state.counters["from_wake_ns"] = static_cast<double>(nanoseconds(took.wake_to_run));
  }
}
BENCHMARK(BM_KickToRun)->ArgName("pause_ns")->Arg(2'000)->Arg(200'000)->UseManualTime()->Iterations(1);

}  // namespace
}  // namespace roost

BENCHMARK_MAIN();
