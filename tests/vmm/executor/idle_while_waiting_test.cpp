#include "vmm/executor/idle_while_waiting.hpp"
#include "vmm/executor/trace_conservation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace roost {
namespace {

using namespace std::chrono_literals;

PcpuSet some(std::initializer_list<std::uint32_t> pcpus) {
  PcpuSet set;
  for (const std::uint32_t p : pcpus) set.insert(PcpuId{p});
  return set;
}

std::vector<VcpuTraits> allowed(std::vector<PcpuSet> sets) {
  std::vector<VcpuTraits> traits(sets.size());
  for (std::size_t i = 0; i < sets.size(); ++i) traits[i].allowed = std::move(sets[i]);
  return traits;
}

constexpr Time at(std::int64_t ns) { return time_at(ns); }
constexpr PcpuId P0{0}, P1{1}, P2{2};
constexpr VcpuId A{0}, B{1};

TEST(IdleWhileWaiting, CountsEveryIdlePcpuWhileSomebodyWaits) {
  IdleWhileWaiting meter(3, allowed({PcpuSet::first(3), PcpuSet::first(3)}), at(0));
  meter.works(P0, at(0));
  meter.waits(A, at(10));
  meter.works(P1, at(15));
  meter.runs(A, at(20));
  meter.close(at(100));
  EXPECT_EQ(meter.of(P0), 0ns);
  EXPECT_EQ(meter.of(P1), 5ns);
  EXPECT_EQ(meter.of(P2), 10ns);
  EXPECT_EQ(meter.sum(), 15ns);
  EXPECT_EQ(meter.lost(), 10ns) << "one vCPU could have used one pCPU at a time";
}

TEST(IdleWhileWaiting, APcpuWhereItMayNotRunDoesNotCount) {
  IdleWhileWaiting meter(3, allowed({some({1}), PcpuSet::first(3)}), at(0));
  meter.waits(A, at(10));
  meter.runs(A, at(30));
  meter.close(at(50));
  EXPECT_EQ(meter.of(P0), 0ns);
  EXPECT_EQ(meter.of(P1), 20ns);
  EXPECT_EQ(meter.lost(), 20ns);
}

TEST(IdleWhileWaiting, AnAffinityCountsFromWhenItWasChanged) {
  IdleWhileWaiting meter(3, allowed({PcpuSet::first(3), some({0})}), at(0));
  meter.waits(A, at(10));
  meter.may_use(A, some({1}), at(20));  // while it waits
  meter.may_use(A, some({1, 2}), at(30));
  meter.runs(A, at(40));
  meter.waits(B, at(50));
  meter.may_use(A, some({0}), at(55));  // while it runs: nobody waits for more
  meter.may_use(B, PcpuSet::first(3), at(60));
  meter.runs(B, at(70));
  meter.close(at(100));
  EXPECT_EQ(meter.of(P0), 10ns + 10ns + 10ns) << "until 20; from 50 for B alone, and then with the others";
  EXPECT_EQ(meter.of(P1), 30ns + 10ns);
  EXPECT_EQ(meter.of(P2), 10ns + 10ns + 10ns);
}

TEST(IdleWhileWaiting, WhatIsToldOutOfOrderIsCountedInOrder) {
  IdleWhileWaiting meter(2, allowed({PcpuSet::first(2), PcpuSet::first(2)}), at(0));
  meter.waits(A, at(5));
  meter.runs(A, at(90));  // pCPU 0's decision, which lasts until 90
  meter.works(P0, at(50));
  meter.waits(B, at(40));  // pCPU 1's, made while it did
  meter.works(P1, at(40));
  meter.settle(at(45));
  meter.close(at(100));
  EXPECT_EQ(meter.of(P0), 45ns);
  EXPECT_EQ(meter.of(P1), 35ns);
}

TEST(IdleWhileWaiting, AReplayedTraceFollowsChanges) {
  const auto both = allowed({PcpuSet::first(2)});
  const std::vector<Event> events{
      {.at = at(0), .vcpu = A, .pcpu = P0, .kind = EventKind::Switch},
      {.at = at(40), .vcpu = kNoVcpu, .pcpu = P0, .kind = EventKind::Switch,
       .detail = static_cast<std::uint8_t>(SwitchOut::Preempted)},
  };
  const std::vector<PlaceChange> changes{
      {.at = at(50), .pcpu = P1, .online = false},
      {.at = at(60), .vcpu = A, .allowed = some({1})},
      {.at = at(70), .pcpu = P1, .online = true},
  };
  RunReport report;
  report.pcpus.resize(2);
  derive_conservation({.events = events, .vcpus = both, .changes = changes, .began = {}, .ended = at(100)}, report);
  EXPECT_EQ(report.pcpus[P0].idle_while_waiting, 20ns) << "from 40 on it waits; from 60 on not for pCPU 0";
  EXPECT_EQ(report.pcpus[P1].idle_while_waiting, 10ns + 30ns) << "offline it does not idle";
}

/// The same, second by second and pCPU by pCPU.
struct Plain {
  std::vector<PcpuSet> allowed;
  std::vector<bool> waiting, idle;
  std::vector<std::int64_t> counted;

  void pass(std::int64_t ns) {
    for (std::size_t p = 0; p < idle.size(); ++p)
      for (std::size_t v = 0; v < allowed.size(); ++v)
        if (idle[p] && waiting[v] && allowed[v].contains(id_at<PcpuId>(p))) {
          counted[p] += ns;
          break;
        }
  }
};

PcpuSet some_of(std::size_t pcpus, std::mt19937_64& random) {
  PcpuSet set = PcpuSet::first(pcpus);
  if (random() % 3 > 0)
    for (std::size_t p = 0; p < pcpus; ++p)
      if (random() % 2) set.erase(id_at<PcpuId>(p));
  return set;
}

void random_walk(std::uint64_t seed) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const std::size_t pcpus = 1 + random() % 6, vcpus = 1 + random() % 8;
  Plain plain{{}, std::vector<bool>(vcpus, false), std::vector<bool>(pcpus, true), std::vector<std::int64_t>(pcpus)};
  for (std::size_t v = 0; v < vcpus; ++v) plain.allowed.push_back(some_of(pcpus, random));
  IdleWhileWaiting meter(pcpus, allowed(plain.allowed), at(7));
  std::int64_t now = 7;
  for (int step = 0; step < 300; ++step) {
    const auto ns = static_cast<std::int64_t>(random() % 4);
    plain.pass(ns);
    now += ns;
    if (random() % 8 == 0) {
      const std::size_t v = random() % vcpus;
      plain.allowed[v] = some_of(pcpus, random);
      meter.may_use(id_at<VcpuId>(v), plain.allowed[v], at(now));
    } else if (random() % 2) {
      const std::size_t v = random() % vcpus;
      plain.waiting[v] ? meter.runs(id_at<VcpuId>(v), at(now)) : meter.waits(id_at<VcpuId>(v), at(now));
      plain.waiting[v] = !plain.waiting[v];
    } else {
      const std::size_t p = random() % pcpus;
      plain.idle[p] ? meter.works(id_at<PcpuId>(p), at(now)) : meter.idles(id_at<PcpuId>(p), at(now));
      plain.idle[p] = !plain.idle[p];
    }
    if (random() % 5 == 0) meter.settle(at(now));
  }
  plain.pass(3);
  meter.close(at(now + 3));
  for (std::size_t p = 0; p < pcpus; ++p) EXPECT_EQ(nanoseconds(meter.of(id_at<PcpuId>(p))), plain.counted[p]);
  EXPECT_LE(meter.lost(), meter.sum());
}

TEST(IdleWhileWaiting, AgreesWithCountingPlainly) {
  for (std::uint64_t seed = 1; seed <= 500 && !testing::Test::HasFailure(); ++seed) random_walk(seed);
}

}  // namespace
}  // namespace roost
