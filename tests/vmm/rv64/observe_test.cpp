#include "vmm/rv64/observe.hpp"

#include <gtest/gtest.h>

#include "tests/vmm/rv64/scene.hpp"

namespace roost::rv64 {
namespace {

using namespace as;

/// Shows the last line of code and the last of data, so that it is told of every change.
class NotingObserver final : public MemoryObserver {
 public:
  NotingObserver() {
    code.tags = &code_tag_;
    data.tags = &data_tag_;
    first_line = kFirst;
  }
  void touch(std::uint64_t line, Touch how) override {
    const bool writes = how == Touch::Store || how == Touch::Atomic;
    (how == Touch::Fetch ? code_tag_ : data_tag_) = line << 1 | (writes ? 1 : 0);
    (how == Touch::Fetch ? fetched : touched).push_back({line - kFirst, how});
    told_at.push_back(steps);
  }

  static constexpr std::uint64_t kFirst = 1ULL << 40;
  struct Told {
    std::uint64_t line;
    Touch how;
    bool operator==(const Told&) const = default;
  };
  std::vector<Told> touched, fetched;
  std::vector<std::uint64_t> told_at;

 private:
  std::uint64_t code_tag_ = ~0ULL, data_tag_ = ~0ULL;
};

struct ObservedScene : Scene {
  ObservedScene() {
    x(t0) = kData;
    core().csr.mstatus |= mstatus::kFs;
  }
  Exit watched(std::uint64_t steps) {
    Budget budget;
    budget.instructions = steps;
    budget.observer = &observer;
    return hart->run(budget);
  }
  Exit watched(std::initializer_list<std::uint32_t> instructions) {
    code(kRam, instructions);
    core().pc = kRam;
    return watched(instructions.size());
  }
  NotingObserver observer;
};

constexpr std::uint64_t kLine = (kData - kRam) / 64;  // of kData
using Told = NotingObserver::Told;

TEST(Observe, EveryKindOfAccessTellsItsLineOnce) {
  for (const bool known : {false, true}) {  // to the soft TLB
    ObservedScene s;
    if (known) s.run({ld(t1, t0, 0), sd(t1, t0, 0)});
    s.watched({lb(t1, t0, 0), lh(t1, t0, 66), lw(t1, t0, 128), ld(t1, t0, 192)});
    EXPECT_EQ(s.observer.touched, (std::vector<Told>{{kLine, Touch::Load}, {kLine + 1, Touch::Load},
                                                     {kLine + 2, Touch::Load}, {kLine + 3, Touch::Load}}));
    EXPECT_EQ(s.observer.accesses, 4u);
    s.observer.touched.clear();
    s.watched({sb(t1, t0, 0), sh(t1, t0, 66), sw(t1, t0, 128), sd(t1, t0, 192)});
    EXPECT_EQ(s.observer.touched, (std::vector<Told>{{kLine, Touch::Store}, {kLine + 1, Touch::Store},
                                                     {kLine + 2, Touch::Store}, {kLine + 3, Touch::Store}}));
    s.observer.touched.clear();
    s.watched({amoadd(2, t1, t0, t1), addi(t2, t0, 64), lr(3, t1, t2), sc(3, t3, t2, t1)});
    EXPECT_EQ(s.observer.touched, (std::vector<Told>{{kLine, Touch::Atomic}, {kLine + 1, Touch::Load},
                                                     {kLine + 1, Touch::Atomic}}));
    EXPECT_EQ(s.observer.accesses, 3u);
    EXPECT_EQ(s.x(t3), 0u) << "the SC succeeded although it began twice";
    s.observer.touched.clear();
    s.watched({i_type(0x07, 3, 1, t0, 0), i_type(0x07, 2, 2, t0, 64), s_type(0x27, 3, t0, 1, 64),
               s_type(0x27, 2, t0, 2, 128)});
    EXPECT_EQ(s.observer.touched, (std::vector<Told>{{kLine, Touch::Load}, {kLine + 1, Touch::Load},
                                                     {kLine + 1, Touch::Store}, {kLine + 2, Touch::Store}}));
  }
}

TEST(Observe, WhatIsShownIsCountedAndNotTold) {
  ObservedScene s;
  s.watched({sd(t1, t0, 0), ld(t1, t0, 8), sd(t1, t0, 56), amoadd(3, t1, t0, t1), ld(t1, t0, 3)});
  EXPECT_EQ(s.observer.touched.size(), 1u) << "the first store, whichever paths the others took";
  EXPECT_EQ(s.observer.accesses, 5u);
}

TEST(Observe, MisalignedAccessesTellOfBothLines) {
  ObservedScene s;
  s.watched({ld(t1, t0, 60), addi(t0, t0, 2044), addi(t0, t0, 2044), sd(t1, t0, 6)});  // kData + 4094: two pages
  EXPECT_EQ(s.observer.touched, (std::vector<Told>{{kLine, Touch::Load}, {kLine + 1, Touch::Load},
                                                   {kLine + 63, Touch::Store}, {kLine + 64, Touch::Store}}));
}

TEST(Observe, FaultsAndDevicesTellNothing) {
  ObservedScene s;
  s.x(t2) = kDevice;
  s.x(t3) = 0x40;
  s.watched({lw(t1, t2, 0), sw(t1, t2, 0), ld(t1, t3, 0)});
  EXPECT_TRUE(s.observer.touched.empty());
  EXPECT_EQ(s.observer.accesses, 0u);
}

TEST(Observe, CodeTellsEachLineThatItGoesOnTo) {
  ObservedScene s;
  s.code(kRam, {});
  for (std::uint64_t at = kRam; at < kRam + 0x2000; at += 4) s.put(at, nop());
  s.core().pc = kRam + 0xfc0 - 64;  // two lines of one page, two of the next
  s.watched(64);
  EXPECT_EQ(s.observer.fetched, (std::vector<Told>{{62, Touch::Fetch}, {63, Touch::Fetch}, {64, Touch::Fetch},
                                                   {65, Touch::Fetch}}));
  EXPECT_EQ(s.observer.fetches, 4u);
  EXPECT_EQ(s.observer.told_at, (std::vector<std::uint64_t>{0, 16, 32, 48}));
}

TEST(Observe, JumpsTellOfAnotherLineOnly) {
  ObservedScene s;
  s.x(t1) = 1;
  s.code(kRam, {nop(), beq(zero, zero, 4), j(4), bne(t1, zero, 0x80 - 12)});  // line 0, to line 2
  s.code(kRam + 0x80, {jal(ra, 0x1000)});                                     // to line 66, on the next page
  s.code(kRam + 0x1080, {nop(), ret()});                                      // to line 2 again
  s.code(kRam + 0x84, {addi(t1, t1, -1), j(-0x88)});                          // and to line 0
  s.watched(10);
  EXPECT_EQ(s.observer.fetched,
            (std::vector<Told>{{0, Touch::Fetch}, {2, Touch::Fetch}, {66, Touch::Fetch}, {2, Touch::Fetch},
                               {0, Touch::Fetch}}));
}

TEST(Observe, AnInstructionAcrossLinesAndCompressedOnesBeginLinesOnce) {
  constexpr std::uint16_t kCompressedNop = 0x0001;
  ObservedScene s;
  s.code(kRam, {});
  for (std::uint64_t at = kRam; at < kRam + 0x3e; at += 2) s.put(at, kCompressedNop);
  s.put(kRam + 0x3e, nop());  // its second half lies in line 1
  for (std::uint64_t at = kRam + 0x42; at < kRam + 0x100; at += 2) s.put(at, kCompressedNop);
  s.watched(31 + 1 + 31 + 32);
  EXPECT_EQ(s.observer.fetches, 3u);
  s.core().pc = kRam;
  s.watched(31 + 1 + 31 + 32);
  EXPECT_EQ(s.observer.fetches, 3u) << "decoded already";
}

TEST(Observe, TrapsTellWhereTheyGo) {
  ObservedScene s;
  s.code(kTrapVector, {csrr(t3, 0x341), addi(t3, t3, 4), csrw(0x341, t3), mret()});
  s.watched({nop(), ecall(), nop(), nop(), nop(), nop(), nop()});
  EXPECT_EQ(s.observer.fetched, (std::vector<Told>{{0, Touch::Fetch}, {(kTrapVector - kRam) / 64, Touch::Fetch},
                                                   {0, Touch::Fetch}}));
}

TEST(Observe, AHartMayBeWatchedNowAndThen) {
  ObservedScene s;
  s.x(t2) = 1;
  s.code(kRam, {ld(t1, t0, 0), add(t1, t1, t2), sd(t1, t0, 0), j(-12)});
  for (int i = 0; i < 6; ++i) {
    const std::size_t told = s.observer.touched.size();
    i % 2 == 0 ? s.step(40) : s.watched(40);
    EXPECT_EQ(s.observer.touched.size() > told, i == 1) << "the line stays shown";
  }
  EXPECT_EQ(s.get(kData), 60u);
  EXPECT_EQ(s.observer.accesses, 20u) << "of the last call";
}

}  // namespace
}  // namespace roost::rv64
