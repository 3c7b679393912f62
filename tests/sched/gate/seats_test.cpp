// Who finds a seat where, and who may go; percent of a pCPU, of which 95 can be promised.
#include "sched/gate/seats.hpp"

#include <gtest/gtest.h>

#include "tests/kit/one_queue.hpp"
#include "tests/kit/seeded.hpp"

namespace roost {
namespace {

using kit::at_ms;
using namespace std::chrono_literals;

constexpr PcpuId P0{0}, P1{1}, P2{2};
constexpr VcpuId A{0}, B{1}, C{2}, D{3};
constexpr Share kPercent = kFullShare / 100;

PcpuSet set_of(std::initializer_list<PcpuId> pcpus) {
  PcpuSet set;
  for (const PcpuId pcpu : pcpus) set.insert(pcpu);
  return set;
}

VcpuTraits percent(std::int64_t share, PcpuSet allowed) {
  return {.allowed = std::move(allowed), .reservation = {share == 0 ? 0ms : share * 100us, 10ms}};
}

Seats seats(std::size_t pcpus, const std::vector<VcpuTraits>& vcpus) {
  return Seats(IdVector<PcpuId, std::uint32_t>(pcpus, 1024), vcpus);
}

TEST(Seats, TheLargestComeFirstEachWhereMostIsLeft) {
  const PcpuSet all = PcpuSet::first(2);
  Seats of = seats(2, {percent(30, all), percent(60, all), percent(50, all), percent(0, all)});
  ASSERT_FALSE(of.pack());
  of.check_invariants();
  EXPECT_EQ(of.seat(B), P0);
  EXPECT_EQ(of.seat(C), P1);
  EXPECT_EQ(of.seat(A), P1) << "45 are left there, 35 beside B";
  EXPECT_FALSE(of.has(D));
  EXPECT_EQ(of.seat(D), kNoPcpu) << "who reserves nothing has no seat";
}

TEST(Seats, ARefusalTellsWhoAskedForHowMuchAndWhatThereIs) {
  const PcpuSet all = PcpuSet::first(2);
  Seats of = seats(3, {percent(60, all), percent(50, all), percent(40, all), percent(40, all)});
  const auto why = of.pack();
  ASSERT_TRUE(why);
  EXPECT_EQ(why->vcpu, D);
  EXPECT_EQ(why->asked, 40 * kPercent);
  EXPECT_EQ(why->among, (std::vector<PcpuId>{P0, P1}));
  EXPECT_EQ(why->roomiest, P0);
  EXPECT_EQ(why->room, 35 * kPercent) << "beside 60; 5 beside 50 and 40";
  EXPECT_EQ(why->all_asked, 190 * kPercent);
  EXPECT_EQ(why->all_offered, 285 * kPercent);
}

TEST(Seats, PacksTighterWhereMostRoomFirstFails) {
  const PcpuSet all = PcpuSet::first(2);
  // Most room first: 55 25 | 45 40, and no 20 left; best fit: 55 40 | 45 25 20.
  Seats of = seats(2, {percent(55, all), percent(45, all), percent(40, all), percent(25, all), percent(20, all)});
  ASSERT_FALSE(of.pack());
  of.check_invariants();
}

TEST(Seats, WhoMayUseFewPcpusFindsASeatBesideOneWhoMayUseAll) {
  Seats of = seats(2, {percent(90, PcpuSet::first(2)), percent(50, set_of({P0}))});
  ASSERT_FALSE(of.pack());
  EXPECT_EQ(of.seat(A), P1);
  EXPECT_EQ(of.seat(B), P0);
}

TEST(Seats, SlowPcpusOfferLess) {
  IdVector<PcpuId, std::uint32_t> capacities(1, 512);
  const std::vector<VcpuTraits> vcpus{percent(40, PcpuSet::first(1)), percent(8, PcpuSet::first(1))};
  const auto why = Seats(capacities, vcpus).pack();
  ASSERT_TRUE(why);
  EXPECT_EQ(why->room, 75 * kPercent / 10) << "47.5 - 40";
}

/// Of `runqueues` of `each` pCPUs.
Seats shared_seats(std::size_t runqueues, std::size_t each, const std::vector<VcpuTraits>& vcpus) {
  IdVector<PcpuId, RunqueueId> of;
  for (std::size_t p = 0; p < runqueues * each; ++p) of.push_back(id_at<RunqueueId>(p / each));
  return Seats(IdVector<PcpuId, std::uint32_t>(runqueues * each, 1024), vcpus, std::move(of));
}

// 3 pCPUs keep 3 * 95 - 2 * the greatest: beside 50, 285 - 100 = 185 in all.
TEST(SharedSeats, OfferLessTheGreaterTheGreatestShare) {
  const PcpuSet all = PcpuSet::first(3);
  std::vector<VcpuTraits> vcpus{percent(50, all), percent(50, all), percent(50, all), percent(35, all)};
  Seats fits = shared_seats(1, 3, vcpus);
  EXPECT_FALSE(fits.pack());
  fits.check_invariants();
  EXPECT_EQ(fits.seat(D), P0);
  EXPECT_TRUE(fits.sits_at(D, P2));
  vcpus.back() = percent(36, all);
  const auto why = shared_seats(1, 3, vcpus).pack();
  ASSERT_TRUE(why);
  EXPECT_EQ(why->vcpu, D);
  EXPECT_EQ(why->sharing, 3u);
  EXPECT_EQ(why->room, 35 * kPercent);
  EXPECT_EQ(why->all_offered, 285 * kPercent);
  const std::vector<VcpuTraits> heavy{percent(90, all), percent(16, all)};  // 285 - 180 = 105
  const auto beside = shared_seats(1, 3, heavy).pack();
  ASSERT_TRUE(beside);
  EXPECT_EQ(beside->room, 15 * kPercent);
  EXPECT_FALSE(shared_seats(1, 3, {percent(90, all), percent(15, all)}).pack());
  const std::vector<VcpuTraits> light(28, percent(10, all));  // 285 - 20 = 265
  EXPECT_EQ(shared_seats(1, 3, light).pack()->room, 5 * kPercent);
}

// Nobody is seated: the most that one alone may have is 95; beside 20 it is (285 - 20) / 3.
TEST(SharedSeats, ARefusalTellsTheMostThatFits) {
  const PcpuSet all = PcpuSet::first(3);
  EXPECT_EQ(shared_seats(1, 3, {percent(96, all)}).pack()->room, 95 * kPercent);
  Seats of = shared_seats(2, 3, {percent(92, PcpuSet::first(6)), percent(20, all)});
  ASSERT_FALSE(of.pack()) << "92 on the second, as 20 may use the first only";
  EXPECT_EQ(of.seat(A), PcpuId{3});
  EXPECT_FALSE(of.fits(A, P0, {.room = 92 * kPercent}, at_ms(0)));
  EXPECT_FALSE(of.fits(A, P0, {.room = 265 * kPercent / 3 + 1}, at_ms(0)));
  EXPECT_TRUE(of.fits(A, P0, {.room = 265 * kPercent / 3}, at_ms(0)));
}

TEST(SharedSeats, AreForThoseWhoMayUseAllPcpusOfARunqueue) {
  Seats of = shared_seats(2, 2, {percent(20, set_of({P0, P2, PcpuId{3}})), percent(20, PcpuSet::first(2))});
  ASSERT_FALSE(of.pack());
  EXPECT_EQ(of.seat(A), P2);
  EXPECT_FALSE(of.fits(A, P0, {}, at_ms(0)));
  const auto why = shared_seats(2, 2, {percent(20, set_of({P0, P2}))}).pack();
  ASSERT_TRUE(why);
  EXPECT_EQ(why->roomiest, kNoPcpu);
  EXPECT_EQ(why->among, (std::vector<PcpuId>{P0, P2}));
}

// 95 + 95 - 60 = 130; of one pCPU 95. Who goes is counted by its rate until its deadline, as the greatest share too.
TEST(SharedSeats, FollowPcpusThatGoAndVcpusThatCome) {
  const PcpuSet all = PcpuSet::first(4), left = PcpuSet::first(2);
  Seats of = shared_seats(2, 2, {percent(60, left), percent(30, left), percent(40, all)});
  ASSERT_FALSE(of.pack());
  EXPECT_TRUE(of.sits_at(C, P2));
  std::vector<VcpuId> moved;
  EXPECT_FALSE(of.set_online(P0, false, at_ms(0), &moved));
  EXPECT_TRUE(moved.empty()) << "60 and 30 are within 95";
  EXPECT_EQ(of.seat(A), P1);
  EXPECT_FALSE(of.take(C, P1, {.room = 40 * kPercent}, at_ms(0)));
  EXPECT_FALSE(of.set_online(P0, true, at_ms(0)));
  ASSERT_TRUE(of.take(C, P1, {.room = 40 * kPercent}, at_ms(0)));
  EXPECT_TRUE(of.set_online(P0, false, at_ms(1)).has_value() == false) << "C goes back";
  of.check_invariants();
  EXPECT_TRUE(of.sits_at(C, P2));
  EXPECT_FALSE(of.set_online(P0, true, at_ms(2)));
  // A needs 80 until 10 ms: then 190 - 80 - 80 = 30 beside it, not 190 - 60 - 60.
  Seats late = shared_seats(2, 2, {percent(60, all), percent(50, all), percent(50, all)});
  ASSERT_FALSE(late.pack());
  ASSERT_TRUE(late.sits_at(A, P0));
  ASSERT_TRUE(late.sits_at(B, P2));
  ASSERT_TRUE(late.sits_at(C, P2));
  ASSERT_TRUE(late.take(C, P0, {.room = 50 * kPercent}, at_ms(0)));
  EXPECT_TRUE(late.fits(A, P2, {.room = 70 * kPercent}, at_ms(0))) << "190 - 70 - 50";
  EXPECT_FALSE(late.fits(A, P2, {.room = 71 * kPercent}, at_ms(0)));
  ASSERT_TRUE(late.take(A, P2, {.room = 70 * kPercent, .until = at_ms(10)}, at_ms(0)));
  EXPECT_FALSE(late.fits(C, P2, {.room = 1 * kPercent}, at_ms(9)));
  EXPECT_TRUE(late.fits(C, P2, {.room = 20 * kPercent}, at_ms(10)));
  EXPECT_FALSE(late.fits(C, P2, {.room = 21 * kPercent}, at_ms(10)));
}

/// A of 40 percent and B of 50, on pCPUs of their own; at 0 both begin.
struct TwoSeats : testing::Test {
  PcpuSet all = PcpuSet::first(3);
  Seats of = seats(3, {percent(40, all), percent(50, all), percent(30, all)});
  CbsServer a{{4ms, 10ms}};
  void SetUp() override {
    ASSERT_FALSE(of.pack());
    ASSERT_EQ(of.seat(B), P0);
    ASSERT_EQ(of.seat(A), P1);
    ASSERT_EQ(of.seat(C), P2);
    a.arrive(at_ms(0));
  }
};

TEST_F(TwoSeats, WhoIsAheadOfItsRateLeavesItsSeatTakenUntilItsDeadline) {
  a.charge(3ms, 1024, true);
  const Time now = at_ms(4);
  ASSERT_TRUE(of.take(A, P0, seat_need(a, now), now));
  of.check_invariants();
  const SeatNeed fresh{.room = 60 * kPercent};
  EXPECT_FALSE(of.fits(C, P1, fresh, at_ms(9))) << "40 of it are still taken";
  EXPECT_TRUE(of.fits(C, P1, fresh, at_ms(10)));
  EXPECT_EQ(of.roomy_since(P1), at_ms(10));
}

TEST_F(TwoSeats, WhoIsBehindNeedsRoomForItsRateUntilItsDeadline) {
  const auto goes = [&](std::int64_t ms) { return of.fits(A, P0, seat_need(a, at_ms(ms)), at_ms(ms)); };
  EXPECT_TRUE(goes(1)) << "4 ms in 9";
  EXPECT_FALSE(goes(2)) << "4 ms in 8 are 50 percent; 45 are left";
  ASSERT_TRUE(of.take(A, P0, seat_need(a, at_ms(1)), at_ms(1)));
  EXPECT_FALSE(of.fits(C, P0, {.room = 5 * kPercent}, at_ms(9))) << "44.4 are taken beside 50";
  EXPECT_TRUE(of.fits(C, P0, {.room = 5 * kPercent}, at_ms(10)));
  EXPECT_TRUE(of.fits(B, P1, {.room = 95 * kPercent}, at_ms(1))) << "what it left is free";
}

TEST_F(TwoSeats, WhoWakesAnewNeedsRoomForItsShare) {
  a.sleep();
  ASSERT_TRUE(of.take(A, P0, seat_need(a, at_ms(9)), at_ms(9)));
  EXPECT_TRUE(of.fits(C, P0, {.room = 5 * kPercent}, at_ms(9)));
  EXPECT_TRUE(of.fits(C, P1, {.room = 95 * kPercent}, at_ms(9)));
}

TEST_F(TwoSeats, NobodyGoesWhereItMayNotOrWhereThereIsNoRoom) {
  const SeatNeed need{.room = 50 * kPercent};
  EXPECT_EQ(of.where(B, need, at_ms(0)), set_of({P0, P1, P2}));
  ASSERT_FALSE(of.set_allowed(B, set_of({P0, P1}), at_ms(0)));
  EXPECT_EQ(of.where(B, need, at_ms(0)), set_of({P0, P1}));
  ASSERT_TRUE(of.take(C, P1, {.room = 30 * kPercent}, at_ms(0)));
  EXPECT_EQ(of.where(B, need, at_ms(0)), set_of({P0})) << "its seat, and 25 are left at pCPU 1";
  EXPECT_FALSE(of.take(B, P1, need, at_ms(0)));
  EXPECT_EQ(of.seat(B), P0);
}

TEST_F(TwoSeats, WhenAPcpuGoesItsSeatsGoElsewhereOrItStays) {
  std::vector<VcpuId> moved;
  ASSERT_FALSE(of.set_online(P1, false, at_ms(5), &moved));
  of.check_invariants();
  EXPECT_EQ(moved, std::vector<VcpuId>{A});
  EXPECT_EQ(of.seat(A), P2);
  moved.clear();
  const auto why = of.set_online(P2, false, at_ms(6), &moved);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->all_offered, 95 * kPercent);
  EXPECT_TRUE(moved.empty());
  EXPECT_EQ(of.seat(A), P2) << "a refusal changes nothing";
  of.finish(B, at_ms(9));
  ASSERT_FALSE(of.set_online(P2, false, at_ms(7), &moved));
  EXPECT_EQ(of.seat(A), P0) << "beside C, now that B is over";
}

TEST(Seats, RandomLivesNeverPromiseMoreThanAPcpuHas) {
  kit::Seeded random(31);
  SCOPED_TRACE(random.told());
  std::size_t went = 0, stayed = 0, refused = 0;
  for (int life = 0; life < 200; ++life) {
    const std::size_t pcpus = 2 + random.below(5), vcpus = 1 + random.below(12);
    std::vector<VcpuTraits> traits;
    CbsServers servers(vcpus);
    for (std::size_t v = 0; v < vcpus; ++v) {
      traits.push_back(percent(1 + static_cast<std::int64_t>(random.below(30)), PcpuSet::first(pcpus)));
      servers[id_at<VcpuId>(v)] = CbsServer(traits.back().reservation);
    }
    Seats of = life % 2 ? seats(pcpus, traits) : shared_seats(pcpus / 2, 2, traits);
    if (of.pack()) continue;
    Time now{};
    for (int step = 0; step < 300; ++step) {
      now += Duration(static_cast<std::int64_t>(random.below(3'000'000)));
      const auto vcpu = id_at<VcpuId>(random.below(vcpus));
      const auto pcpu = id_at<PcpuId>(random.below(life % 2 ? pcpus : pcpus / 2 * 2));
      CbsServer& server = servers[vcpu];
      switch (random.below(6)) {
        case 0: server.sleep(); break;
        case 1:
          server.arrive(now);
          server.charge(Duration(static_cast<std::int64_t>(random.below(2'000'000))), 1024, true);
          break;
        case 2: refused += of.set_online(pcpu, random.below(2) != 0, now).has_value(); break;
        default: (of.take(vcpu, pcpu, seat_need(server, now), now) ? went : stayed) += 1;
      }
      of.check_invariants();
    }
  }
  EXPECT_GT(went, 1000u);
  EXPECT_GT(stayed, 1000u);
  EXPECT_GT(refused, 100u);
}

}  // namespace
}  // namespace roost
