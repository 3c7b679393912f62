// How much a decision reads of a host, counted: loads (a cache line of another pCPU each) and words of flags (64 pCPUs
// each). On 4096 pCPUs a plan reads a bounded number of loads, and a wakeup that finds an idle pCPU in its LLC reads
// what it would on a host of one LLC.

#include <gtest/gtest.h>

#include <algorithm>

#include "sched/balance/domain_load.hpp"
#include "sched/balance/epoch_balancer.hpp"
#include "sched/balance/plan_push.hpp"
#include "sched/policy/catalog.hpp"
#include "tests/kit/even_host.hpp"
#include "tests/kit/fake_loads.hpp"
#include "tests/sched/placement/placement_scene.hpp"

namespace roost {
namespace {

/// The words are kept ready: FakeLoads makes each from 64 loads, whenever it is asked.
class CountingLoads final : public LoadView {
 public:
  explicit CountingLoads(std::size_t pcpus) : loads_(pcpus), idle_(words_for(pcpus)), giving_(idle_), all_(idle_) {
    for (std::size_t p = 0; p < pcpus; ++p) all_[p / 64] |= 1ULL << p % 64;
  }
  void set(std::size_t pcpu, const LoadSnapshot& load) {
    loads_[id_at<RunqueueId>(pcpu)] = load;
    set_bit(idle_, pcpu, load.idle());
    set_bit(giving_, pcpu, load.available() > 0);
  }
  LoadSnapshot load(RunqueueId rq) const override { return ++loads_read, loads_[rq]; }
  using LoadView::load;
  std::uint64_t idle(std::size_t word) const override { return ++words_read, idle_[word]; }
  std::uint64_t giving(std::size_t word) const override { return ++words_read, giving_[word]; }
  bool online(PcpuId) const override { return true; }
  std::uint64_t online_word(std::size_t word) const override { return ++words_read, all_[word]; }
  std::uint16_t utilisation(RunqueueId) const override { return ++loads_read, 500; }
  void begin() { loads_read = words_read = 0; }

  mutable std::size_t loads_read = 0, words_read = 0;

 private:
  static void set_bit(std::vector<std::uint64_t>& words, std::size_t pcpu, bool on) {
    const std::uint64_t bit = 1ULL << pcpu % 64;
    words[pcpu / 64] = on ? words[pcpu / 64] | bit : words[pcpu / 64] & ~bit;
  }
  IdVector<RunqueueId, LoadSnapshot> loads_;
  std::vector<std::uint64_t> idle_, giving_, all_;
};

/// Two siblings to a core, LLCs of 16, nodes of 64.
Topology host_of(std::size_t pcpus) {
  return kit::even_host({.pcpus = static_cast<std::uint32_t>(pcpus), .core = 2, .llc = 16, .node = 64});
}

struct Most {
  std::size_t loads = 0, words = 0;
};

/// What the balancer reads at most of any plan: of a pCPU that runs dry, that has too much, too little, a crowded core;
/// where many have something to give or nobody has, and where some idle or nobody does.
/// `self`: from the lowest pCPU on (the one that plans for all under `epoch`), or from the middle.
Most most_read(const std::string& balance, std::size_t pcpus, PcpuId self) {
  const Topology host = host_of(pcpus);
  const Policy policy = std::move(*make_policy("roost,balance=" + balance, host, 1));
  CountingLoads loads(pcpus);
  Time now{};
  Most most;
  const auto look = [&](auto plan) {
    loads.begin();
    plan();
    most.loads = std::max(most.loads, loads.loads_read);
    most.words = std::max(most.words, loads.words_read);
  };
  for (const std::uint32_t others : {0U, 1U, 6U})
    for (const std::size_t idle_one : {pcpus, pcpus - 1, std::size_t{1}})
      for (const LoadSnapshot& own : {kit::idle(), kit::busy(0), kit::busy(2), kit::busy(9)}) {
        for (std::size_t p = 0; p < pcpus; ++p) loads.set(p, p == idle_one ? kit::idle() : kit::busy(others));
        loads.set(index(self), own);
        for (int again = 0; again < 8; ++again) {  // failures make it look further
          now += std::chrono::seconds(100);
          policy.balancer->next_due(self, now);
          for (const Trigger trigger : {Trigger::NewIdle, Trigger::Periodic}) {
            std::optional<Plan> plan;
            look([&] { plan = policy.balancer->plan(self, trigger, loads, now).plan; });
            if (plan) policy.balancer->outcome(self, *plan, PlanOutcome::StaleAffinity, 0, now);
          }
          look([&] { policy.balancer->plan_for(self, loads, now); });
        }
      }
  return most;
}

/// In rings: siblings, LLC, node, remote. Each reads 64 loads of the others at most, besides a few of those in
/// question; the epoch's one balancer looks at 64 givers and the rest of a word before it.
TEST(EveryBalancer, ReadsABoundedNumberOfLoadsOf4096) {
  constexpr std::size_t kRings = 4, kOfRing = 64, kFew = 16;
  static_assert(kMostReceivers == kOfRing && kMostRead == kOfRing);
  for (const BalanceEntry* entry : standard_catalog().balances) {
    const std::string name(entry->info.name);
    SCOPED_TRACE(name);
    const std::size_t bound = kRings * kOfRing + kFew + (name == "epoch" ? kMostGivers + 63 : 0);
    for (const bool lowest : {true, false}) {
      const Most here = most_read(name, 4096, lowest ? PcpuId{0} : PcpuId{2053});
      const Most smaller = most_read(name, 1024, lowest ? PcpuId{0} : PcpuId{517});
      EXPECT_LE(here.loads, bound);
      EXPECT_LE(here.loads, smaller.loads) << "four times the pCPUs, no load more";
      EXPECT_LE(here.words, 12u * 64) << "flags: some passes over 64 words";
    }
  }
}

/// Who reads every load says so on its plate (sched/README.md).
bool reads_all(std::string_view placement) {
  return placement == "least_loaded" || placement == "pack" || placement == "spread" || placement == "energy_aware";
}

Most read_by(std::string_view placement, std::size_t pcpus, bool idles) {
  const Topology host = host_of(pcpus);
  const Policy policy = std::move(*make_policy("roost,place=" + std::string(placement), host, 4));
  CountingLoads loads(pcpus);
  for (std::size_t p = 0; p < pcpus; ++p) loads.set(p, kit::busy(1));
  if (idles) loads.set(13, kit::idle());  // and its sibling runs somebody
  const PcpuSet allowed = PcpuSet::first(pcpus);
  test::Around around;
  around.has_run = std::chrono::seconds(100);  // long enough to have a home
  Most most;
  for (std::uint64_t turn = 0; turn < 50; ++turn) {
    loads.begin();
    policy.placer->choose({.vcpu = VcpuId{0}, .kind = turn == 0 ? PlacementKind::Fork : PlacementKind::Wake,
                           .last = PcpuId{2}, .waker = PcpuId{9}, .allowed = &allowed,
                           .now = Time{} + turn * std::chrono::milliseconds(1), .around = &around, .turn = turn},
                          loads);
    if (turn == 0) continue;
    most.loads = std::max(most.loads, loads.loads_read);
    most.words = std::max(most.words, loads.words_read);
  }
  return most;
}

/// Draws from all that are online, and so reads those words.
bool draws(std::string_view placement) {
  return placement == "random" || placement == "round_robin" || placement == "two_choices";
}

TEST(EveryPlacement, InsideAnLlcDoesNotGrowWithTheHost) {
  for (const PlacementEntry* entry : standard_catalog().placements) {
    const std::string_view name = entry->info.name;
    if (reads_all(name)) continue;
    SCOPED_TRACE(name);
    const Most of_one = read_by(name, 64, true), here = read_by(name, 4096, true);
    EXPECT_EQ(here.loads, of_one.loads);
    if (draws(name)) continue;
    EXPECT_EQ(here.words, of_one.words);
  }
}

TEST(EveryPlacement, ReadsABoundedNumberOfLoadsWhereNobodyIdles) {
  for (const PlacementEntry* entry : standard_catalog().placements) {
    const std::string_view name = entry->info.name;
    SCOPED_TRACE(name);
    const Most here = read_by(name, 4096, false);
    if (reads_all(name)) EXPECT_GE(here.loads, 4096u) << "its plate says so";
    else EXPECT_LE(here.loads, 64u);
  }
}

}  // namespace
}  // namespace roost
