#include "sched/discipline/reserved.hpp"

#include <gtest/gtest.h>

#include "sched/discipline/round_robin.hpp"
#include "sched/discipline/weighted_fair.hpp"
#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/naive.hpp"
#include "tests/sched/discipline/walk_beside.hpp"

namespace roost {
namespace {

using kit::at_ms;
using kit::kQueue;
using namespace std::chrono_literals;

constexpr VcpuId kA{0}, kB{1}, kC{2};

std::shared_ptr<CbsServers> servers_of(const std::vector<Reservation>& reservations) {
  auto servers = std::make_shared<CbsServers>(reservations.size());
  for (std::size_t v = 0; v < reservations.size(); ++v)
    if (reservations[v].budget > 0ms) (*servers)[id_at<VcpuId>(v)] = CbsServer(reservations[v]);
  return servers;
}

/// Around round robin with slices of 3 ms, on one runqueue.
Reserved around_turns(const std::vector<Reservation>& reservations, std::uint32_t capacity = 1024) {
  return {std::make_unique<RoundRobin>(reservations.size(), 1), servers_of(reservations),
          IdVector<PcpuId, std::uint32_t>(1, capacity)};
}

TEST(Reserved, BudgetsComeFirstByDeadlineAndTheRestGoesInTurns) {
  Reserved discipline = around_turns({{2ms, 10ms}, {1ms, 5ms}, {}});
  kit::fork_all(discipline, {100, 100, 100});
  // B's deadline is 5, A's 10. Then all three by turns; B's next period begins at 5, both begin one at 10,
  // due at 15 and 20.
  const std::vector<kit::Ran> expected{{1, 0, 1000},     {0, 1000, 3000},  {2, 3000, 5000},  {1, 5000, 6000},
                                       {2, 6000, 7000},  {0, 7000, 10000}, {1, 10000, 11000}, {0, 11000, 13000}};
  EXPECT_EQ(kit::run_hogs(discipline, 8), expected);
}

TEST(Reserved, SlowPcpusTakeLonger) {
  Reserved discipline = around_turns({{2ms, 10ms}, {}}, 512);
  kit::fork_all(discipline, {100, 100});
  const std::vector<kit::Ran> expected{{0, 0, 4000}, {1, 4000, 7000}};
  EXPECT_EQ(kit::run_hogs(discipline, 2), expected);
}

TEST(Reserved, WhoComesWithBudgetPreemptsByDeadlineAndAnyOther) {
  Reserved discipline = around_turns({{2ms, 10ms}, {1ms, 5ms}, {}});
  for (const VcpuId vcpu : {kA, kB, kC}) discipline.admit(vcpu, {.allowed = PcpuSet::first(1)});
  discipline.enqueue(kQueue, kC, EnqueueWhy::Fork, at_ms(0));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kC);
  discipline.enqueue(kQueue, kA, EnqueueWhy::Fork, at_ms(1));
  EXPECT_TRUE(discipline.preempts(kQueue, kA, kC, at_ms(1)));
  EXPECT_GT(discipline.urgency(kQueue), Reserved::kAhead);
  EXPECT_LE(discipline.urgency_of(kC), Reserved::kAhead);
  discipline.charge(kQueue, kC, 1ms, at_ms(1));
  discipline.enqueue(kQueue, kC, EnqueueWhy::Preempted, at_ms(1));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(1))->vcpu, kA);
  EXPECT_FALSE(discipline.preempts(kQueue, kC, kA, at_ms(1)));
  discipline.enqueue(kQueue, kB, EnqueueWhy::Fork, at_ms(2));
  EXPECT_TRUE(discipline.preempts(kQueue, kB, kA, at_ms(2))) << "due at 7, and A at 11";
  EXPECT_GT(discipline.urgency(kQueue), discipline.urgency_of(kA));
  std::array<VcpuId, 3> victims;
  ASSERT_EQ(discipline.victims(kQueue, victims), 2u);
  EXPECT_EQ(victims[0], kC);
  EXPECT_EQ(victims[1], kB) << "who has budget goes last";
}

TEST(Reserved, WhoYieldsWithBudgetLetsOthersInForOneTurn) {
  Reserved discipline = around_turns({{4ms, 10ms}, {}});
  kit::fork_all(discipline, {100, 100});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, 1ms, at_ms(1));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Yield, at_ms(1));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(1))->vcpu, kB) << "the lock's holder, perhaps";
  discipline.charge(kQueue, kB, 3ms, at_ms(4));
  discipline.enqueue(kQueue, kB, EnqueueWhy::SliceEnd, at_ms(4));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(4))->vcpu, kA);
  discipline.charge(kQueue, kA, 1ms, at_ms(5));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Preempted, at_ms(5));
  const auto again = discipline.pick(kQueue, at_ms(5));
  EXPECT_EQ(again->vcpu, kA);
  EXPECT_EQ(again->until, at_ms(7)) << "2 ms are left of its budget";
}

TEST(Reserved, WhoYieldsIsChargedByThePcpuThatItRunsOnNext) {
  IdVector<PcpuId, std::uint32_t> capacities(2, 1024);
  capacities[PcpuId{1}] = 512;
  Reserved discipline(std::make_unique<RoundRobin>(2, 1), servers_of({{4ms, 10ms}, {}}), capacities);
  kit::fork_all(discipline, {100, 100});
  ASSERT_EQ(discipline.pick(kQueue, {at_ms(0), PcpuId{0}, nullptr})->vcpu, kA);
  discipline.charge(kQueue, kA, 1ms, at_ms(1));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Yield, at_ms(1));
  ASSERT_EQ(discipline.pick(kQueue, {at_ms(1), PcpuId{0}, nullptr})->vcpu, kB);
  ASSERT_EQ(discipline.pick(kQueue, {at_ms(1), PcpuId{1}, nullptr})->vcpu, kA);
  discipline.charge(kQueue, kA, 2ms, at_ms(3));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Preempted, at_ms(3));
  const auto again = discipline.pick(kQueue, {at_ms(3), PcpuId{1}, nullptr});
  EXPECT_EQ(again->vcpu, kA);
  EXPECT_EQ(again->until, at_ms(7)) << "1 ms and half of 2 ms are used of 4, and 2 ms take 4 there";
}

TEST(Reserved, ASliceThatAPeriodsEndCutGoesOn) {
  Reserved discipline = around_turns({{1ms, 5ms}, {}});
  kit::fork_all(discipline, {100, 100});
  // A's turn among all begins at 4; its period ends at 5, then its budget, then B's turn, which A's next period cuts.
  const std::vector<kit::Ran> expected{{0, 0, 1000},      {1, 1000, 4000},   {0, 4000, 5000},   {0, 5000, 6000},
                                       {1, 6000, 9000},   {0, 9000, 10000},  {0, 10000, 11000}, {1, 11000, 14000}};
  EXPECT_EQ(kit::run_hogs(discipline, 8), expected);
  Reserved longer = {std::make_unique<RoundRobin>(2, 1, 6ms), servers_of({{1ms, 5ms}, {}}),
                     IdVector<PcpuId, std::uint32_t>(1, 1024)};
  kit::fork_all(longer, {100, 100});
  const std::vector<kit::Ran> cut{{0, 0, 1000}, {1, 1000, 5000}, {0, 5000, 6000}, {1, 6000, 8000}};
  EXPECT_EQ(kit::run_hogs(longer, 4), cut) << "B goes on with the 2 ms that are left of its slice";
}

TEST(Reserved, WhoComesSoftCutsASliceThatGoesBeyondItsPeriod) {
  Reserved discipline = around_turns({{1ms, 5ms}, {}});
  for (const VcpuId vcpu : {kA, kB}) discipline.admit(vcpu, {.allowed = PcpuSet::first(1)});
  discipline.enqueue(kQueue, kA, EnqueueWhy::Fork, at_ms(0));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->until, at_ms(1));
  discipline.charge(kQueue, kA, 1ms, at_ms(1));
  discipline.leave(kQueue, kA, LeaveWhy::Blocked, at_ms(1));
  discipline.enqueue(kQueue, kB, EnqueueWhy::Fork, at_ms(1));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(3))->until, at_ms(6));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Wake, at_ms(4));
  EXPECT_TRUE(discipline.preempts(kQueue, kA, kB, at_ms(4)));
  discipline.charge(kQueue, kB, 1ms, at_ms(4));
  discipline.enqueue(kQueue, kB, EnqueueWhy::Preempted, at_ms(4));
  const auto again = discipline.pick(kQueue, at_ms(4));
  EXPECT_EQ(again->vcpu, kB);
  EXPECT_EQ(again->until, at_ms(5));
}

TEST(Reserved, AnotherDisciplineTakesOverInTheMiddleOfAPeriod) {
  const auto servers = servers_of({{2ms, 10ms}, {}});
  Reserved first(std::make_unique<RoundRobin>(2, 1), servers, IdVector<PcpuId, std::uint32_t>(1, 1024));
  kit::fork_all(first, {100, 100});
  ASSERT_EQ(first.pick(kQueue, at_ms(0))->vcpu, kA);
  first.charge(kQueue, kA, 1ms, at_ms(1));
  first.enqueue(kQueue, kA, EnqueueWhy::Preempted, at_ms(1));
  Reserved second(std::make_unique<WeightedFair>(2, 1), servers, IdVector<PcpuId, std::uint32_t>(1, 1024));
  for (const VcpuId vcpu : {kB, kA}) {
    first.leave(kQueue, vcpu, LeaveWhy::Migrating, at_ms(1));
    second.admit(vcpu, {.allowed = PcpuSet::first(1)});
    second.enqueue(kQueue, vcpu, EnqueueWhy::Fork, at_ms(1));
  }
  second.check_invariants(kQueue);
  const auto pick = second.pick(kQueue, at_ms(1));
  EXPECT_EQ(pick->vcpu, kA);
  EXPECT_EQ(pick->until, at_ms(2)) << "1 ms is left";
  EXPECT_EQ((*servers)[kA].deadline(), at_ms(10));
}

TEST(Reserved, WithoutReservationsDoesAsTheInnerOne) {
  Reserved discipline(std::make_unique<WeightedFair>(3, 1), servers_of({{}, {}, {}}),
                      IdVector<PcpuId, std::uint32_t>(1, 1024));
  WeightedFair plain(3, 1);
  kit::fork_all(discipline, {100, 300, 50});
  kit::fork_all(plain, {100, 300, 50});
  EXPECT_EQ(kit::run_hogs(discipline, 100), kit::run_hogs(plain, 100));
}

/// The same rules around a naive model: every list is searched, and budgets are plain nanoseconds.
class NaiveReserved final : public naive::Model {
 public:
  NaiveReserved(naive::Model& inner, std::vector<Reservation> reservations) : inner_(inner) {
    for (std::size_t v = 0; v < reservations.size(); ++v)
      if (reservations[v].budget > 0ms) of_[id_at<VcpuId>(v)] = {.q = reservations[v].budget, .r = reservations[v]};
  }
  void at(Time now) override { inner_.at(now); }
  void admit(VcpuId vcpu, Weight weight) override { inner_.admit(vcpu, weight); }
  void reweigh(VcpuId vcpu, Weight weight) override { inner_.reweigh(vcpu, weight); }
  void enqueue(RunqueueId rq, VcpuId vcpu, EnqueueWhy why, Time now) override {
    const EnqueueWhy told = why == EnqueueWhy::SliceEnd && now < until_[vcpu] ? EnqueueWhy::Preempted : why;
    if (!of_.contains(vcpu)) return inner_.enqueue(rq, vcpu, told, now);
    Server& s = of_[vcpu];
    renew(s, now);
    if (s.asleep && s.q.count() * s.r.period.count() >= (s.d - now).count() * s.r.budget.count())
      s.d = now + s.r.period, s.q = s.r.budget;
    s.asleep = false;
    const bool inside = std::exchange(s.runs_inside, false), ahead = s.q > 0ms && why != EnqueueWhy::Yield;
    if (inside || !ahead) inner_.enqueue(rq, vcpu, inside ? told : s.returns, now);
    if (inside && ahead) inner_.leave(rq, vcpu, LeaveWhy::Migrating, now), s.returns = EnqueueWhy::Migrated;
    (ahead ? ahead_ : inside_)[rq].push_back(vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override {
    if (!of_.contains(vcpu)) return inner_.leave(rq, vcpu, why, now);
    Server& s = of_[vcpu];
    s.asleep = why != LeaveWhy::Migrating;
    std::erase(ahead_[rq], vcpu);
    if (std::erase(inside_[rq], vcpu) == 0 && !std::exchange(s.runs_inside, false)) return;
    inner_.leave(rq, vcpu, why, now);
    s.returns = why == LeaveWhy::Migrating ? EnqueueWhy::Migrated : EnqueueWhy::Wake;
  }
  std::optional<Pick> pick(RunqueueId rq, const PickRequest& request) override {
    const Time now = request.now;
    for (const VcpuId vcpu : by_deadline(ahead_[rq])) renew(of_[vcpu], now);
    for (const VcpuId vcpu : by_deadline(inside_[rq])) {
      Server& s = of_[vcpu];
      if (s.d > now) continue;
      renew(s, now);
      if (s.q <= 0ms) continue;
      inner_.leave(rq, vcpu, LeaveWhy::Migrating, now);
      s.returns = EnqueueWhy::Migrated;
      std::erase(inside_[rq], vcpu);
      ahead_[rq].push_back(vcpu);
    }
    std::optional<Pick> pick;
    if (!ahead_[rq].empty()) {
      const VcpuId first = by_deadline(ahead_[rq]).front();
      std::erase(ahead_[rq], first);
      pick = Pick{first, std::min(now + of_[first].q, of_[first].d)};
    } else if (pick = inner_.pick(rq, request); pick) {
      until_[pick->vcpu] = pick->until;
      if (of_.contains(pick->vcpu)) {
        std::erase(inside_[rq], pick->vcpu);
        of_[pick->vcpu].runs_inside = true;
        pick->until = std::min(pick->until, of_[pick->vcpu].d);
      }
    }
    for (const VcpuId vcpu : inside_[rq]) pick->until = std::min(pick->until, of_[vcpu].d);
    if (pick) ends_[pick->vcpu] = pick->until;
    return pick;
  }
  void charge(RunqueueId rq, VcpuId running, Duration ran) override {
    if (!of_.contains(running)) return inner_.charge(rq, running, ran);
    Server& s = of_[running];
    if (s.q > 0ms) s.q = s.runs_inside ? std::max<Duration>(s.q - ran, 0ms) : s.q - ran;
    if (s.runs_inside) inner_.charge(rq, running, ran);
  }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    const bool comes = is_in(ahead_, waiting), runs = of_.contains(running) && !of_.at(running).runs_inside;
    if (is_in(inside_, waiting) && of_.at(waiting).d < ends_.at(running)) return true;
    if (comes && runs) return key(waiting) < key(running);
    return comes || (!runs && inner_.preempts(waiting, running));
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    std::vector<VcpuId> all = inner_.victims(rq);
    if (!ahead_.contains(rq)) return all;
    std::vector<VcpuId> ahead = by_deadline(ahead_.at(rq));
    all.insert(all.end(), ahead.rbegin(), ahead.rend());
    return all;
  }

 private:
  struct Server {
    Duration q{0};
    Reservation r;
    Time d{};
    bool asleep = true, runs_inside = false;
    EnqueueWhy returns = EnqueueWhy::Fork;
  };
  using Lists = std::map<RunqueueId, std::vector<VcpuId>>;
  static void renew(Server& s, Time now) {
    while (s.d <= now) s.d += s.r.period, s.q = std::min(s.q + s.r.budget, s.r.budget);
  }
  static bool is_in(const Lists& lists, VcpuId vcpu) {
    return std::ranges::any_of(lists, [&](const auto& list) { return std::ranges::count(list.second, vcpu) > 0; });
  }
  std::pair<Time, VcpuId> key(VcpuId vcpu) const { return {of_.at(vcpu).d, vcpu}; }
  std::vector<VcpuId> by_deadline(std::vector<VcpuId> vcpus) const {
    std::ranges::sort(vcpus, {}, [this](VcpuId vcpu) { return key(vcpu); });
    return vcpus;
  }

  naive::Model& inner_;
  std::map<VcpuId, Server> of_;
  Lists ahead_, inside_;
  std::map<VcpuId, Time> until_, ends_;
};

template <typename Inner, typename NaiveInner>
void walk_reserved(std::uint64_t seed) {
  constexpr std::size_t kVcpus = 12;
  kit::Seeded random(seed);
  std::vector<Reservation> reservations(kVcpus);
  for (Reservation& of : reservations)
    if (random.below(3) > 0) of = {Duration(100'000 + static_cast<std::int64_t>(random.below(3'000'000))), 4ms};
  Reserved discipline(std::make_unique<Inner>(kVcpus, naive::kRunqueues), servers_of(reservations),
                      IdVector<PcpuId, std::uint32_t>(naive::kRunqueues, 1024));
  NaiveInner inner;
  NaiveReserved model(inner, reservations);
  naive::walk_beside(discipline, model, {.vcpus = kVcpus, .pcpus = 1}, random);
}

TEST(RandomWalk, ReservedAroundTurnsDoesAsTheNaiveOne) {
  for (std::uint64_t seed = 1; seed <= 3 && !testing::Test::HasFailure(); ++seed)
    walk_reserved<RoundRobin, naive::Turns>(seed);
}

TEST(RandomWalk, ReservedAroundFairDoesAsTheNaiveOne) {
  for (std::uint64_t seed = 1; seed <= 3 && !testing::Test::HasFailure(); ++seed)
    walk_reserved<WeightedFair, naive::Fair>(seed);
}

}  // namespace
}  // namespace roost
