// No decision asks for memory: whole presets, with pools, gates and idle rules, in the dispatcher. Counted where no
// sanitizer has an allocator of its own.

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "sched/policy/catalog.hpp"
#include "tests/kit/even_host.hpp"
#include "tests/kit/seeded.hpp"
#include "vmm/executor/dispatcher.hpp"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {
thread_local bool counts = false;
thread_local std::size_t asked = 0;
}

[[gnu::noinline]] void* operator new(std::size_t size) {
  if (counts) ++asked;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace roost {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPcpus = 16, kVcpus = 40;

/// Remembers who was kicked, and nothing else.
class QuietWorld final : public World {
 public:
  Time now() override { return now_; }
  void acquire(RunqueueId) override {}
  void release(RunqueueId) override {}
  void kick(PcpuId pcpu, KickHow) override { kicked_.insert(pcpu); }
  bool recording() const override { return false; }
  void record(const Event&) override {}
  PcpuId self() const override { return self_; }

  void advance(Duration by) { now_ += by; }
  void act_as(PcpuId pcpu) { self_ = pcpu; }
  /// Some pCPU that was kicked and has not come yet.
  PcpuId pop_kicked() {
    const PcpuId first = kicked_.first_member();
    if (first != kNoPcpu) kicked_.erase(first);
    return first;
  }

 private:
  Time now_ = time_at(1'000'000);
  PcpuId self_ = kNoPcpu;
  PcpuSet kicked_ = PcpuSet::first(kPcpus);
};

/// A host of two nodes with siblings, half of it a pool under the same policy, on which 40 vCPUs of 10 VMs run, block,
/// yield, spin and wake at random.
class BusyHost {
 public:
  BusyHost(const std::string& spec, const std::string& runs_in_pool, std::uint64_t seed, bool promises)
      : random_(seed), topology_(kit::even_host({.pcpus = kPcpus, .core = 2, .llc = 4, .node = 8})) {
    PcpuSet left = PcpuSet::first(kPcpus / 2), right;
    for (std::size_t p = kPcpus / 2; p < kPcpus; ++p) right.insert(id_at<PcpuId>(p));
    std::vector<VcpuTraits> vcpus;
    CapPlan caps{.purses = {{.runtime = 3ms, .period = 10ms}}, .purse_of = {}};
    for (std::uint32_t v = 0; v < kVcpus; ++v) {
      VcpuTraits of{.vm = VmId{v / 4}, .weight = Weight{100 * (1 + v % 5)}, .allowed = v < kVcpus / 2 ? left : right};
      if (promises && v % 8 == 0) of.reservation = {.budget = 1ms, .period = 10ms};
      if (v % 10 == 3) of.allowed = PcpuSet{}, of.allowed.insert(id_at<PcpuId>(v < kVcpus / 2 ? 1 : kPcpus - 1));
      vcpus.push_back(of);
      caps.purse_of.push_back(v % 8 == 1 ? 0 : CapPlan::kNone);
    }
    const Granularity granularity = make_policy(spec, topology_, 1)->granularity;
    const std::vector<RunqueueMap::Cut> cuts{{right, granularity}};
    const std::size_t runqueues = RunqueueMap(topology_, granularity, cuts).size();
    const auto made = [&](const std::string& text) {
      return std::move(*make_policy(text, {.topology = topology_, .max_vcpus = kVcpus, .granularity = granularity,
                                           .runqueues = runqueues}));
    };
    Policy own = made(runs_in_pool);
    own.pcpus = right;
    own.pool_name = "right";
    std::vector<Policy> pools;
    pools.push_back(std::move(own));
    dispatcher_ = std::make_unique<Dispatcher>(world_, with_pools(made(spec), std::move(pools)), topology_, vcpus,
                                               promises ? CapPlan{} : caps);
    dispatcher_->start(world_.now());
  }

  /// So many looks of pCPUs, in which memory was asked for so often.
  std::size_t run(std::size_t looks) {
    asked = 0;
    for (std::size_t i = 0; i < looks; ++i) {
      world_.advance(Duration(random_.between(1'000, 200'000)));
      if (random_.below(3) == 0) {
        world_.act_as(kNoPcpu);
        counts = true;
        dispatcher_->wake(id_at<VcpuId>(random_.below(kVcpus)));
        counts = false;
      }
      for (PcpuId kicked = world_.pop_kicked(); kicked != kNoPcpu; kicked = world_.pop_kicked())
        come(kicked, ExitWhy::Kicked);
      come(id_at<PcpuId>(random_.below(kPcpus)), any_exit());
    }
    return asked;
  }
  void check_invariants() const { dispatcher_->check_invariants(); }

 private:
  ExitWhy any_exit() {
    constexpr std::array kExits{ExitWhy::BudgetSpent, ExitWhy::BudgetSpent, ExitWhy::Kicked, ExitWhy::Halted,
                                ExitWhy::Halted,      ExitWhy::Yielded,     ExitWhy::Paused};
    return kExits[random_.below(kExits.size())];
  }
  void come(PcpuId pcpu, ExitWhy why) {
    world_.act_as(pcpu);
    const bool idle = dispatcher_->pcpus()[pcpu].current == kNoVcpu;
    const Time wakes = world_.now() + Duration(random_.between(10'000, 2'000'000));
    counts = true;
    if (idle) dispatcher_->next(pcpu);
    else dispatcher_->returned(pcpu, {.why = why, .retired = 1, .wake_at = why == ExitWhy::Halted ? wakes : kNever});
    counts = false;
  }

  kit::Seeded random_;
  QuietWorld world_;
  const Topology topology_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

/// What grows with what has been seen (histograms of waits, places that a vCPU has been at, timers of a pCPU) does so
/// more and more seldom: some 1,500 looks in a row ask for none. A decision that does would in any.
void expect_none(const std::string& spec, const std::string& in_pool, bool promises) {
  SCOPED_TRACE(spec + " | " + in_pool + (promises ? ", promises" : ", caps"));
  kit::Seeded random(7);
  SCOPED_TRACE(random.told());
  BusyHost host(spec, in_pool, random.seed(), promises);
  host.run(30'000);
  std::size_t least = SIZE_MAX;
  for (int more = 0; more < 60 && least > 0; ++more) least = std::min(least, host.run(1'500));
  EXPECT_EQ(least, 0u);
  host.check_invariants();
}

TEST(Decisions, OfPresetsAskForNoMemory) {
  for (const PresetInfo& preset : standard_catalog().presets)
    for (const bool promises : {false, true}) {
      const std::string name(preset.name);
      expect_none(name, name + ",idle=adaptive", promises);
    }
}

TEST(Decisions, OfGatesAndPiecesAskForNoMemory) {
  for (const std::string more : {"pause=directed", "pause=yield", "shares=group", "cosched=relaxed", "cosched=strict",
                                 "idle=poll", "balance=swap", "balance=active", "balance=epoch", "balance=proxy",
                                 "balance=domains,initiator=first,groups=least", "numa=follow_memory"})
    expect_none("roost," + more, "linux-cfs," + more, false);
  for (const PlacementEntry* entry : standard_catalog().placements)
    expect_none("roost,place=" + std::string(entry->info.name), "eevdf,place=" + std::string(entry->info.name), true);
  for (const DisciplineEntry* entry : standard_catalog().disciplines)
    expect_none(std::string(entry->info.name), std::string(entry->info.name) + ",pause=directed", false);
}

}  // namespace
}  // namespace roost

#endif
