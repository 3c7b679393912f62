#include "vmm/caches/guest_caches.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

constexpr VcpuId kFirst{0}, kSecond{1};

/// `nodes` nodes with two LLCs each, of `cores` cores each with `threads` pCPUs.
Topology host(std::uint32_t nodes, std::uint32_t cores, std::uint32_t threads = 1) {
  IdVector<PcpuId, PcpuPlace> pcpus;
  for (std::uint32_t llc = 0; llc < nodes * 2; ++llc)
    for (std::uint32_t core = 0; core < cores; ++core)
      for (std::uint32_t thread = 0; thread < threads; ++thread)
        pcpus.push_back({.node = NodeId{llc / 2}, .package = llc / 2, .llc = llc, .core = llc * cores + core});
  return Topology(std::move(pcpus), {});
}

/// Small caches, so that tests are quick; one miss at a time, and a TLB that costs nothing.
GuestCacheFigures small() {
  GuestCacheFigures figures;
  figures.l1i_lines = figures.l1d_lines = 64;
  figures.l2_lines = 512;
  figures.llc_lines = 4096;
  figures.walk_ns = 0;
  figures.parallel = 1;
  return figures;
}

/// Guests' accesses by hand, as an engine would make them.
struct Scene {
  explicit Scene(const Topology& topology, const GuestCacheFigures& figures = small()) : caches(topology, figures) {}

  /// A run of one vCPU, `lines` one after another; what it was charged at once.
  std::int64_t run(VcpuId vcpu, std::uint32_t pcpu, const std::vector<std::uint64_t>& lines, Touch how) {
    const GuestCaches::Runner runner{vcpu, VmId{0}, PcpuId{pcpu}};
    PrivateCaches& own = caches.enter(runner);
    own.begin(now_ps);
    for (const std::uint64_t line : lines) {
      const ShownLines& shown = how == Touch::Fetch ? own.code : own.data;
      const bool writes = how == Touch::Store || how == Touch::Atomic;
      if (!(writes ? shown.may_write(line) : shown.may_read(line))) own.touch(line, how);
      EXPECT_TRUE(writes ? shown.may_write(line) : shown.may_read(line));
      ++(how == Touch::Fetch ? own.fetches : own.accesses);
      ++own.steps;
    }
    caches.count(runner, own);
    now_ps += static_cast<std::int64_t>(own.steps) * 500 + own.waited_ps();
    return own.waited_ps();
  }
  /// The same, and what it owes once the shared levels have answered: ns in all.
  std::int64_t cost(VcpuId vcpu, std::uint32_t pcpu, const std::vector<std::uint64_t>& lines, Touch how) {
    const std::int64_t before = caches.of(vcpu).waited_ps;
    run(vcpu, pcpu, lines, how);
    caches.settle(now_ps);
    return (caches.of(vcpu).waited_ps - before) / 1000;
  }
  GuestCaches caches;
  std::int64_t now_ps = 0;
};

/// Visits all lines in an order without a pattern: i * 7919 modulo a power of two.
std::vector<std::uint64_t> chase(std::uint64_t lines) {
  std::vector<std::uint64_t> order;
  for (std::uint64_t i = 0; i < lines; ++i) order.push_back(i * 7919 % lines);
  return order;
}

TEST(GuestCaches, AChaseCostsTheLevelThatItsWorkingSetFits) {
  struct Case {
    std::uint64_t lines;
    std::int64_t ns;
  };
  for (const auto [lines, ns] : {Case{32, 0}, Case{256, 4}, Case{2048, 15}, Case{65536, 110}}) {
    Scene scene(host(1, 1));
    const auto order = chase(lines);
    scene.cost(kFirst, 0, order, Touch::Load);  // everything is fetched for the first time
    const std::int64_t mean = scene.cost(kFirst, 0, order, Touch::Load) / static_cast<std::int64_t>(lines);
    EXPECT_GE(mean, ns - ns / 20) << lines << " lines";
    EXPECT_LE(mean, ns) << lines << " lines";
    scene.caches.check_at_rest();
  }
}

TEST(GuestCaches, AStreamMissesEveryLineOnceAndMissesInFlightShareTheWait) {
  GuestCacheFigures figures = small();
  figures.parallel = 4;
  Scene scene(host(1, 1), figures);
  std::vector<std::uint64_t> words;
  for (std::uint64_t i = 0; i < 80'000; ++i) words.push_back(i / 8);  // eight to a line
  EXPECT_EQ(scene.cost(kFirst, 0, words, Touch::Load), 10'000 * 110 / 4);
  const CacheCounts counts = scene.caches.of(kFirst);
  EXPECT_EQ(counts.l1d_misses, 10'000u);
  EXPECT_EQ(counts.l1d_hits, 70'000u);
  EXPECT_EQ(counts.local, 10'000u);
  EXPECT_EQ(counts.tlb_misses, (10'000 + 63) / 64u);
  EXPECT_EQ(scene.cost(kFirst, 0, {1'000'000}, Touch::Atomic), 110) << "an atomic is waited for in full";
}

TEST(GuestCaches, CodeHasACacheOfItsOwnAndSharesTheSecondLevel) {
  Scene scene(host(1, 1));
  EXPECT_EQ(scene.cost(kFirst, 0, {7}, Touch::Fetch), 110);
  EXPECT_EQ(scene.cost(kFirst, 0, {7}, Touch::Fetch), 0);
  EXPECT_EQ(scene.cost(kFirst, 0, {7}, Touch::Load), 4);
  EXPECT_EQ(scene.caches.of(kFirst).l1i_misses, 1u);
  EXPECT_EQ(scene.caches.of(kFirst).l1i_hits, 1u);
}

/// The first level's hits are not seen by the second: a line that is used all the time grows old there.
TEST(GuestCaches, ALineThatTheSecondLevelDropsLeavesTheFirstToo) {
  Scene scene(host(1, 1));
  std::vector<std::uint64_t> lines;
  for (std::uint64_t i = 1; i <= 40; ++i) lines.push_back(0), lines.push_back(i * 32);  // 32 sets: all in one
  scene.cost(kFirst, 0, lines, Touch::Load);
  scene.caches.check_at_rest();
  EXPECT_EQ(scene.caches.of(kFirst).l1d_misses, 1u + 40 + 2) << "line 0 came back twice";
}

TEST(GuestCaches, TheTlbCostsAWalkForEachPageBeyondItsReach) {
  GuestCacheFigures figures = small();
  figures.walk_ns = 30;
  figures.tlb_entries = 64;
  figures.tlb_ways = 4;
  Scene scene(host(1, 1), figures);
  std::vector<std::uint64_t> few, many;
  for (std::uint64_t page = 0; page < 256; ++page) (page < 32 ? few : many).push_back(page * 64 + page);
  scene.cost(kFirst, 0, few, Touch::Load);
  EXPECT_EQ(scene.caches.of(kFirst).tlb_misses, 32u);
  scene.cost(kFirst, 0, few, Touch::Load);
  EXPECT_EQ(scene.caches.of(kFirst).tlb_misses, 32u);
  for (int i = 0; i < 2; ++i) scene.cost(kFirst, 0, many, Touch::Load);
  EXPECT_EQ(scene.caches.of(kFirst).tlb_misses, 32u + 2 * 224u);
}

TEST(GuestCaches, APageLiesWhereItWasTouchedFirst) {
  Scene scene(host(2, 2));
  EXPECT_EQ(scene.cost(kFirst, 4, {0}, Touch::Load), 110);
  EXPECT_EQ(scene.caches.shared().home(0), NodeId{1});
  EXPECT_EQ(scene.cost(kSecond, 0, {1}, Touch::Load), 190) << "another line of that page, from node 0";
  EXPECT_EQ(scene.caches.of(kSecond).far_ps, 80'000);
  EXPECT_EQ(scene.caches.of(kSecond).remote, 1u);
  EXPECT_EQ(scene.cost(kSecond, 0, {64}, Touch::Load), 110) << "the next page is its own";
}

TEST(GuestCaches, AWrittenLineComesFromWhereItWasWrittenByDistance) {
  struct Case {
    std::uint32_t to;
    std::int64_t ns;
  };
  for (const auto [to, ns] : {Case{1, 22}, Case{2, 105}, Case{4, 135}}) {  // same LLC, same package, another node
    Scene scene(host(2, 2));
    scene.cost(kFirst, 0, {5}, Touch::Store);
    EXPECT_EQ(scene.cost(kSecond, to, {5}, Touch::Load), ns);
    EXPECT_EQ(scene.cost(kFirst, 0, {5}, Touch::Load), 0) << "both may read it";
    EXPECT_EQ(scene.cost(kFirst, 0, {5}, Touch::Store), ns) << "the other's copy is taken";
    EXPECT_EQ(scene.caches.of(kFirst).invalidations, 1u);
    EXPECT_EQ(scene.cost(kSecond, to, {5}, Touch::Load), ns);
    EXPECT_EQ(scene.caches.of(kSecond).transfers, 2u);
    scene.caches.check_at_rest();
  }
}

TEST(GuestCaches, FalseSharingCostsATransferAtEachTurnAndNeighboursLinesNone) {
  for (const bool shared : {true, false}) {
    Scene scene(host(1, 2));
    std::int64_t ns = 0;
    for (int turn = 0; turn < 100; ++turn) {
      ns += scene.cost(kFirst, 0, {8}, Touch::Store);
      ns += scene.cost(kSecond, 1, {shared ? 8UL : 9UL}, Touch::Store);
    }
    EXPECT_EQ(ns, shared ? 110 + 199 * 22 : 2 * 110);
  }
}

TEST(GuestCaches, SiblingsShareTheirCoresCaches) {
  Scene scene(host(1, 1, 2));
  scene.cost(kFirst, 0, {3}, Touch::Store);
  EXPECT_EQ(scene.cost(kSecond, 1, {3}, Touch::Store), 0);
  EXPECT_EQ(scene.caches.of(PcpuId{1}).l1d_hits, 1u);
}

TEST(GuestCaches, AMigratedVcpuFetchesItsLinesAgain) {
  Scene scene(host(1, 2));
  std::vector<std::uint64_t> lines;
  for (std::uint64_t line = 0; line < 50; ++line) lines.push_back(line);
  scene.cost(kFirst, 0, lines, Touch::Store);
  EXPECT_EQ(scene.cost(kFirst, 0, lines, Touch::Store), 0);
  EXPECT_EQ(scene.cost(kFirst, 1, lines, Touch::Load), 50 * 22) << "from the core that it left, of the same LLC";
  EXPECT_EQ(scene.caches.of(kFirst).reload_ps, 50 * 22'000);
  EXPECT_EQ(scene.cost(kFirst, 1, lines, Touch::Load), 0);
  EXPECT_EQ(scene.cost(kFirst, 3, lines, Touch::Load), 50 * 105) << "from the LLC that they were written back to";
  EXPECT_EQ(scene.caches.of(kFirst).reload_ps, 50 * 127'000);
}

TEST(GuestCaches, GuessesAndWhatIsOwedMakeTheWait) {
  kit::Seeded random(42);
  SCOPED_TRACE(random.told());
  Scene scene(host(2, 2));
  std::int64_t guessed = 0, owed = 0;
  for (int i = 0; i < 300; ++i) {
    const auto how = static_cast<Touch>(random.below(4));
    std::vector<std::uint64_t> lines;
    for (int n = 0; n < 40; ++n) lines.push_back(random.below(3000));
    guessed += scene.run(kFirst, static_cast<std::uint32_t>(random.below(8)), lines, how);
    scene.caches.settle(scene.now_ps - 10'000);
    owed += nanoseconds(scene.caches.take_owed(kFirst));
  }
  scene.caches.check_at_rest();
  owed += nanoseconds(scene.caches.take_owed(kFirst));
  const std::int64_t all = scene.caches.of(kFirst).waited_ps;
  EXPECT_LE(all, guessed + owed * 1000 + 999);
  EXPECT_GE(all, (guessed + owed * 1000) * 95 / 100) << "what was guessed too much is worked off";
}

/// Coherence as plainly as can be, of caches that never run out of room.
struct NaiveHost {
  struct Line {
    int owner = -1;              // core
    std::set<int> cores, llcs;   // that have it
    int dirty = -1;              // LLC
    int home = -1;
  };
  static int llc(int core) { return core / 2; }
  static int node(int core) { return core / 4; }
  static int distance(int a, int b) {
    if (llc(a) == llc(b)) return 22;
    return node(a) == node(b) ? 105 : 135;
  }
  /// What the access costs, in ns.
  int access(int core, std::uint64_t number, bool writes) {
    Line& line = lines[number];
    int& home = homes[number / 64];
    if (line.cores.empty() && line.llcs.empty() && !homes_known.contains(number / 64)) {
      homes_known.insert(number / 64);
      home = node(core);
    }
    const bool has = line.cores.contains(core);
    int ns = 0;
    if (!has) {
      if (line.owner >= 0) {
        ns = distance(core, line.owner);
        if (llc(line.owner) != llc(core)) line.dirty = -1;
      } else if (line.llcs.contains(llc(core))) {
        ns = 15;
      } else if (line.dirty >= 0) {
        ns = distance(core, line.dirty * 2);
        line.dirty = -1;
      } else {
        ns = node(core) == home ? 110 : 190;
      }
      line.owner = -1;
    }
    if (writes) {
      for (const int other : line.cores)
        if (other != core) ns = std::max(ns, distance(core, other));
      line = {core, {core}, {llc(core)}, llc(core), 0};
    } else {
      line.cores.insert(core);
      line.llcs.insert(llc(core));
    }
    return ns;
  }
  std::map<std::uint64_t, Line> lines;
  std::map<std::uint64_t, int> homes;
  std::set<std::uint64_t> homes_known;
};

TEST(GuestCaches, AgreesWithAPlainModelOfCoherence) {
  kit::Seeded random(43);
  SCOPED_TRACE(random.told());
  GuestCacheFigures figures = small();
  figures.l1i_lines = figures.l1d_lines = figures.l2_lines = figures.llc_lines = 1 << 14;
  figures.l1_ways = figures.l2_ways = figures.llc_ways = 16;
  figures.l2_ns = 0;
  Scene scene(host(2, 2), figures);
  NaiveHost naive;
  for (int i = 0; i < 30'000; ++i) {
    const auto core = static_cast<std::uint32_t>(random.below(8));
    const std::uint64_t line = random.below(200) * 3;
    const bool writes = random.below(3) == 0;
    const int expected = naive.access(static_cast<int>(core), line, writes);
    const VcpuId vcpu = id_at<VcpuId>(core);
    ASSERT_EQ(scene.cost(vcpu, core, {line}, writes ? Touch::Store : Touch::Load), expected)
        << "access " << i << " of core " << core << " to line " << line;
  }
  scene.caches.check_at_rest();
}

TEST(GuestCaches, DirectoryAndCachesAgreeAfterQuantaInAnyOrder) {
  kit::Seeded random(44);
  SCOPED_TRACE(random.told());
  for (const std::uint32_t cores : {2U, 40U}) {  // 160 cores: the directory's bits stand for three each
    Scene scene(host(2, cores));
    const std::uint32_t all = cores * 4;
    std::vector<std::int64_t> clocks(all);
    for (int quantum = 0; quantum < 3000; ++quantum) {
      const auto pcpu = static_cast<std::uint32_t>(std::ranges::min_element(clocks) - clocks.begin());
      scene.caches.settle(clocks[pcpu]);
      scene.now_ps = clocks[pcpu];
      std::vector<std::uint64_t> lines;
      for (int n = 0; n < 30; ++n) lines.push_back(random.below(1500));
      scene.run(id_at<VcpuId>(random.below(all)), pcpu, lines, static_cast<Touch>(random.below(4)));
      clocks[pcpu] = scene.now_ps + static_cast<std::int64_t>(random.below(5000));
    }
    scene.caches.check_at_rest();
  }
}

TEST(MissLog, GivesRequestsInOrderOfTimeAndPcpu) {
  kit::Seeded random(45);
  SCOPED_TRACE(random.told());
  MissLog log(5);
  std::vector<std::int64_t> clocks(5);
  std::vector<std::pair<std::int64_t, std::size_t>> all, taken;
  for (int i = 0; i < 2000; ++i) {
    const std::size_t pcpu = random.below(5);
    clocks[pcpu] += random.between(0, 3);
    log.add(id_at<PcpuId>(pcpu), {.at_ps = clocks[pcpu], .line = all.size()});
    all.emplace_back(clocks[pcpu], pcpu);
  }
  while (!log.empty()) {
    EXPECT_EQ(log.next_ps(), log.next().at_ps);
    taken.emplace_back(log.next_ps(), index(log.next_pcpu()));
    log.drop();
  }
  std::ranges::sort(all);
  EXPECT_EQ(taken, all);
}

}  // namespace
}  // namespace roost
