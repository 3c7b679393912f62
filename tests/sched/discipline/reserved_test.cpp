#include "sched/discipline/reserved.hpp"

#include <gtest/gtest.h>

#include "sched/discipline/edf.hpp"
#include "sched/discipline/round_robin.hpp"
#include "sched/discipline/rtds.hpp"
#include "sched/discipline/weighted_fair.hpp"
#include "tests/kit/one_queue.hpp"
#include "tests/sched/discipline/edf_model.hpp"
#include "tests/sched/discipline/naive.hpp"
#include "tests/sched/discipline/rtds_model.hpp"
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

/// A has 2 ms of 10 for certain and (to the inner one) as budget, B the usual 4 of 10, for nobody's promise.
template <typename Inner, typename Constants>
Reserved around_budgets(Constants constants) {
  Reserved discipline(std::make_unique<Inner>(2, 1, constants), servers_of({{2ms, 10ms}, {}}),
                      IdVector<PcpuId, std::uint32_t>(1, 1024));
  for (const VcpuId vcpu : {kA, kB}) {
    const Reservation has = vcpu == kA ? Reservation{2ms, 10ms} : Reservation{};
    discipline.admit(vcpu, {.allowed = PcpuSet::first(1), .reservation = has});
    discipline.enqueue(kQueue, vcpu, EnqueueWhy::Fork, at_ms(0));
  }
  return discipline;
}

TEST(Reserved, BeyondItsBudgetEdfRanksItByALaterDeadline) {
  Reserved discipline = around_budgets<Edf>(EdfConstants{});
  // Deadlines in edf (A's then B's): 10 10; at 2, 20 10; at 6, 20 20; at 8, 30 20. A's period ends at 10: ahead again.
  // At 12, 40 20 with 2 ms of B's left; at 14, 40 30; at 18, 40 40; A's period ends at 20.
  // At 22, 60 40; at 26, 60 50. So of every 30 ms A, whose budget is half of B's, has 10.
  const std::vector<kit::Ran> expected{{0, 0, 2000},      {1, 2000, 6000},   {0, 6000, 8000},   {1, 8000, 10000},
                                       {0, 10000, 12000}, {1, 12000, 14000}, {1, 14000, 18000}, {0, 18000, 20000},
                                       {0, 20000, 22000}, {1, 22000, 26000}, {1, 26000, 30000}};
  EXPECT_EQ(kit::run_hogs(discipline, expected.size()), expected);
}

TEST(Reserved, BeyondItsBudgetRtdsRanksItALevelLower) {
  Reserved discipline = around_budgets<Rtds>(RtdsConstants{});
  // A's budget, B's; then both are on level 1, and A again 2 ms, with which it falls to level 2.
  const std::vector<kit::Ran> expected{{0, 0, 2000},      {1, 2000, 6000},   {0, 6000, 8000},   {1, 8000, 10000},
                                       {0, 10000, 12000}, {1, 12000, 16000}, {0, 16000, 18000}, {1, 18000, 20000}};
  EXPECT_EQ(kit::run_hogs(discipline, expected.size()), expected);
}

void expect_held(Reserved discipline) {
  const std::vector<kit::Ran> first{{0, 0, 2000}, {1, 2000, 6000}};
  EXPECT_EQ(kit::run_hogs(discipline, 2), first);
  EXPECT_EQ(discipline.eligible_at(kA, at_ms(6)), at_ms(10));
  EXPECT_EQ(discipline.dormant(kQueue, at_ms(6)), 2u);
  EXPECT_EQ(discipline.waiting(kQueue), 2u);
  EXPECT_GT(discipline.urgency(kQueue), kNoUrgency);
  std::array<VcpuId, 2> victims;
  EXPECT_EQ(discipline.victims(kQueue, victims), 2u);
  const auto nobody = discipline.pick(kQueue, at_ms(6));
  ASSERT_TRUE(nobody);
  EXPECT_EQ(nobody->vcpu, kNoVcpu);
  EXPECT_EQ(nobody->until, at_ms(10));
  const std::vector<kit::Ran> second{{0, 10000, 12000}, {1, 12000, 16000}, {0, 20000, 22000}};
  EXPECT_EQ(kit::run_hogs(discipline, 3, at_ms(6)), second);
}

TEST(Reserved, WhereBudgetsAreHardItIsHeldUntilItsPeriodEnds) {
  expect_held(around_budgets<Edf>(EdfConstants{.hard = true}));
  expect_held(around_budgets<Rtds>(RtdsConstants{.extratime = false}));
}

TEST(Reserved, IsHeldByItsOwnPeriodWhereRtdsCountsOthers) {
  Reserved discipline(std::make_unique<Rtds>(1, 1, RtdsConstants{.extratime = false}), servers_of({{2ms, 10ms}}),
                      IdVector<PcpuId, std::uint32_t>(1, 1024));
  discipline.admit(kA, {.allowed = PcpuSet::first(1), .reservation = {2ms, 10ms}});
  discipline.enqueue(kQueue, kA, EnqueueWhy::Fork, at_ms(3));
  const std::vector<kit::Ran> expected{{0, 3000, 5000}, {0, 13000, 15000}, {0, 23000, 25000}};
  EXPECT_EQ(kit::run_hogs(discipline, 3, at_ms(3)), expected);
}

TEST(Reserved, WhoYieldsWhereBudgetsAreHardHasItsBudgetAndNoMore) {
  Reserved discipline = around_budgets<Edf>(EdfConstants{.hard = true});
  ASSERT_EQ(discipline.pick(kQueue, at_ms(0))->vcpu, kA);
  discipline.charge(kQueue, kA, 1ms, at_ms(1));
  discipline.enqueue(kQueue, kA, EnqueueWhy::Yield, at_ms(1));
  ASSERT_EQ(discipline.pick(kQueue, at_ms(1))->vcpu, kB);
  discipline.leave(kQueue, kB, LeaveWhy::Finished, at_ms(1));
  const auto inside = discipline.pick(kQueue, at_ms(1));
  EXPECT_EQ(inside->vcpu, kA);
  EXPECT_EQ(inside->until, at_ms(2)) << "1 ms is left of its reservation, though 2 of edf's own";
  discipline.charge(kQueue, kA, 1ms, at_ms(2));
  discipline.enqueue(kQueue, kA, EnqueueWhy::SliceEnd, at_ms(2));
  discipline.check_invariants(kQueue);
  EXPECT_EQ(discipline.eligible_at(kA, at_ms(2)), at_ms(10));
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
  EXPECT_EQ(discipline.urgency(kQueue), discipline.urgency_of(kB));
  EXPECT_GT(discipline.urgency_of(kA), Reserved::kAhead) << "it runs by right of its budget";
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
  NaiveReserved(naive::Model& inner, std::vector<Reservation> reservations, Beyond beyond)
      : inner_(inner), tells_all_(beyond == Beyond::Ranks), holds_(beyond == Beyond::Waits) {
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
    if (holds_ && s.q <= 0ms) {
      if (inside) inner_.leave(rq, vcpu, LeaveWhy::Throttled, now), s.returns = EnqueueWhy::Wake;
      return held_[rq].push_back(vcpu);
    }
    const bool follows = inside || tells_all_;
    if (follows || !ahead) inner_.enqueue(rq, vcpu, follows ? told : s.returns, now);
    if (follows && ahead) inner_.leave(rq, vcpu, LeaveWhy::Migrating, now), s.returns = EnqueueWhy::Migrated;
    (ahead ? ahead_ : inside_)[rq].push_back(vcpu);
  }
  void leave(RunqueueId rq, VcpuId vcpu, LeaveWhy why, Time now) override {
    if (!of_.contains(vcpu)) return inner_.leave(rq, vcpu, why, now);
    Server& s = of_[vcpu];
    s.asleep = why != LeaveWhy::Migrating;
    std::erase(ahead_[rq], vcpu);
    std::erase(held_[rq], vcpu);
    const bool ran_ahead = why != LeaveWhy::Migrating && tells_all_;
    if (std::erase(inside_[rq], vcpu) == 0 && !std::exchange(s.runs_inside, false) && !ran_ahead) return;
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
    for (const VcpuId vcpu : by_deadline(held_[rq])) {
      renew(of_[vcpu], now);
      if (of_[vcpu].q <= 0ms) continue;
      std::erase(held_[rq], vcpu);
      ahead_[rq].push_back(vcpu);
    }
    std::optional<Pick> pick;
    if (!ahead_[rq].empty()) {
      const VcpuId first = by_deadline(ahead_[rq]).front();
      std::erase(ahead_[rq], first);
      pick = Pick{first, std::min(now + of_[first].q, of_[first].d)};
    } else if (pick = inner_.pick(rq, request); pick) {
      if (pick->vcpu != kNoVcpu) until_[pick->vcpu] = pick->until;
      if (of_.contains(pick->vcpu)) {
        Server& s = of_[pick->vcpu];
        std::erase(inside_[rq], pick->vcpu);
        s.runs_inside = true;
        pick->until = std::min(pick->until, s.d);
        if (holds_) pick->until = std::min(pick->until, now + s.q);
      }
    } else if (!held_[rq].empty()) {
      pick = Pick{kNoVcpu, kNever};
    }
    for (const auto& list : {inside_[rq], held_[rq]})
      for (const VcpuId vcpu : list) pick->until = std::min(pick->until, of_[vcpu].d);
    if (pick) ends_[pick->vcpu] = pick->until;
    return pick;
  }
  void charge(RunqueueId rq, VcpuId running, Duration ran) override {
    if (!of_.contains(running)) return inner_.charge(rq, running, ran);
    Server& s = of_[running];
    if (s.q > 0ms) s.q = s.runs_inside ? std::max<Duration>(s.q - ran, 0ms) : s.q - ran;
    if (s.runs_inside || tells_all_) inner_.charge(rq, running, ran);
  }
  bool preempts(VcpuId waiting, VcpuId running) const override {
    const bool comes = is_in(ahead_, waiting), runs = of_.contains(running) && !of_.at(running).runs_inside;
    const bool held = is_in(held_, waiting);
    if ((held || is_in(inside_, waiting)) && of_.at(waiting).d < ends_.at(running)) return true;
    if (held) return false;
    if (comes && runs) return key(waiting) < key(running);
    return comes || (!runs && inner_.preempts(waiting, running));
  }
  std::vector<VcpuId> victims(RunqueueId rq) const override {
    std::vector<VcpuId> all = inner_.victims(rq);
    for (const Lists* lists : {&held_, &ahead_}) {
      if (!lists->contains(rq)) continue;
      std::vector<VcpuId> sorted = by_deadline(lists->at(rq));
      all.insert(all.end(), sorted.rbegin(), sorted.rend());
    }
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
  bool tells_all_, holds_;
  std::map<VcpuId, Server> of_;
  Lists ahead_, inside_, held_;
  std::map<VcpuId, Time> until_, ends_;
};

constexpr std::size_t kVcpus = 12;

void walk_reserved(std::unique_ptr<Discipline> inner, naive::Model& naive_inner, std::uint64_t seed) {
  kit::Seeded random(seed);
  std::vector<Reservation> reservations(kVcpus);
  for (Reservation& of : reservations)
    if (random.below(3) > 0) of = {Duration(100'000 + static_cast<std::int64_t>(random.below(3'000'000))), 4ms};
  NaiveReserved model(naive_inner, reservations, inner->beyond_reservations());
  Reserved discipline(std::move(inner), servers_of(reservations),
                      IdVector<PcpuId, std::uint32_t>(naive::kRunqueues, 1024));
  naive::walk_beside(discipline, model, {.vcpus = kVcpus, .pcpus = 1}, random);
}

/// The inner one is made with these after the number of vCPUs and of runqueues, the naive one with that.
template <typename Inner, typename NaiveInner, typename... Constants>
void walk_reserved(Constants... constants, auto... naive_constants) {
  for (std::uint64_t seed = 1; seed <= 3 && !testing::Test::HasFailure(); ++seed) {
    NaiveInner model(naive_constants...);
    walk_reserved(std::make_unique<Inner>(kVcpus, naive::kRunqueues, constants...), model, seed);
  }
}

TEST(RandomWalk, ReservedAroundTurnsDoesAsTheNaiveOne) { walk_reserved<RoundRobin, naive::Turns>(); }

TEST(RandomWalk, ReservedAroundFairDoesAsTheNaiveOne) { walk_reserved<WeightedFair, naive::Fair>(); }

TEST(RandomWalk, ReservedAroundBudgetsDoesAsTheNaiveOne) {
  for (const bool hard : {false, true}) {
    walk_reserved<Edf, naive::Edf, EdfConstants>({.hard = hard}, hard);
    walk_reserved<Rtds, naive::Rtds, RtdsConstants>({.extratime = !hard}, !hard);
  }
}

}  // namespace
}  // namespace roost
