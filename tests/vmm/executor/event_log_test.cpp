#include "vmm/executor/event_log.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

constexpr PcpuId P0{0}, P1{1};
constexpr VcpuId A{0}, B{1};

Event switched(std::int64_t at, PcpuId pcpu, VcpuId vcpu, std::uint16_t length = 0) {
  return {.at = time_at(at), .vcpu = vcpu, .pcpu = pcpu, .kind = EventKind::Switch, .length = length};
}

std::vector<Event> kept(const EventLog& log) {
  const EventLog* const one = &log;
  return merged({&one, 1});
}

TEST(EventLog, KeepsTheFirstAndCountsTheRest) {
  EventLog log(2);
  for (int i = 0; i < 5; ++i) log.add(switched(i, P0, A));
  EXPECT_EQ(kept(log).size(), 2u);
  EXPECT_EQ(log.lost(), 3u);
}

TEST(EventLog, AWindowBeginsWithWhoRanThereThen) {
  EventLog log(100, {.from = Duration(50), .to = Duration(80), .pcpus = {}});
  log.begin(time_at(1000));
  log.add(switched(1010, P0, A));
  log.add(switched(1020, P1, A));
  log.add(switched(1030, P1, B, 3));
  log.add({.at = time_at(1040), .vcpu = A, .pcpu = P1, .kind = EventKind::Wakeup, .length = 4});
  log.add(switched(1050, P0, kNoVcpu));
  log.add(switched(1080, P0, B));
  const auto events = kept(log);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].vcpu, A);
  EXPECT_EQ(events[0].at, time_at(1050)) << "the state at the window's start";
  EXPECT_EQ(events[1].vcpu, B);
  EXPECT_EQ(events[1].length, 4);
  EXPECT_EQ(events[2].vcpu, kNoVcpu);
  EXPECT_EQ(log.lost(), 0u) << "what lies outside is not missed";
}

TEST(EventLog, OfTwoPcpusTheChosenOneIsShownAndWhatComesOrGoesThere) {
  TraceScope scope;
  scope.pcpus.insert(P1);
  EventLog log(100, scope);
  log.add(switched(1, P0, A));
  log.add(switched(2, P1, B));
  log.add({.at = time_at(3), .vcpu = A, .pcpu = P0, .other = P1, .kind = EventKind::Migrate});
  log.add({.at = time_at(4), .pcpu = P0, .other = P1, .kind = EventKind::Kick});
  log.add({.at = time_at(5), .pcpu = P0, .other = P0, .kind = EventKind::Kick});
  log.add({.at = time_at(6), .vcpu = A, .pcpu = P0, .other = P1, .kind = EventKind::Wakeup});
  const auto events = kept(log);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].vcpu, B);
  EXPECT_EQ(events[1].kind, EventKind::Migrate);
  EXPECT_EQ(events[2].kind, EventKind::Kick);
}

}  // namespace
}  // namespace roost
