// The room: what is known of each line of guests' RAM that anybody ever missed: who may have it, where it was written,
//   on which node its page lies.
// Not here: what follows from that (shared_caches).
// Invariants: a modified line has one sharer, its owner. Bits may stand for more than is true (cores and LLCs drop
//   lines without a word), never for less.
//
// Kept by page, 64 lines of 16 bytes: a quarter of the guest memory that was touched. Where there are more cores than
// 64 or more LLCs than 32, a bit stands for several neighbours.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "sched/vocabulary/check.hpp"
#include "sched/vocabulary/ids.hpp"

namespace roost {

/// Lines are numbered in all machines of a run together: machine m's begin at m << kMachineLineBits.
inline constexpr unsigned kMachineLineBits = 41;
inline constexpr std::size_t kMostMachines = 1U << 16;

struct LineRecord {
  std::uint64_t sharers = 0;  // by group of cores
  std::uint32_t llcs = 0;     // by group of LLCs
  std::uint16_t owner = 0;    // the core that may write it, + 1
  std::uint16_t dirty = 0;    // the LLC that it is written back to, + 1: memory is older
};
static_assert(sizeof(LineRecord) == 16);

struct PageRecord {
  NodeId home{0};
  std::array<LineRecord, 64> lines{};
};

class Directory {
 public:
  /// Null: nobody missed any of the page's lines yet.
  PageRecord* find(std::uint64_t line) {
    const std::size_t machine = line >> kMachineLineBits, page = page_of(line);
    if (machine >= machines_.size() || page >= machines_[machine].size()) return nullptr;
    return machines_[machine][page].get();
  }
  const PageRecord* find(std::uint64_t line) const { return const_cast<Directory*>(this)->find(line); }
  /// The page is touched for the first time: it comes to lie on `home`.
  PageRecord& add(std::uint64_t line, NodeId home) {
    const std::size_t machine = line >> kMachineLineBits, page = page_of(line);
    check(machine < kMostMachines, "a run has not more machines than lines are numbered for");
    if (machine >= machines_.size()) machines_.resize(machine + 1);
    if (page >= machines_[machine].size()) machines_[machine].resize(page + 1);
    machines_[machine][page] = std::make_unique<PageRecord>();
    machines_[machine][page]->home = home;
    return *machines_[machine][page];
  }
  static std::size_t place(std::uint64_t line) { return line % 64; }

  template <typename Visitor>
  void each(Visitor visit) const {  // (line, record)
    for (std::size_t machine = 0; machine < machines_.size(); ++machine)
      for (std::size_t page = 0; page < machines_[machine].size(); ++page)
        for (std::size_t i = 0; machines_[machine][page] != nullptr && i < 64; ++i)
          visit((std::uint64_t{machine} << kMachineLineBits) + page * 64 + i, machines_[machine][page]->lines[i]);
  }

 private:
  static std::size_t page_of(std::uint64_t line) { return (line & ((1ULL << kMachineLineBits) - 1)) / 64; }

  std::vector<std::vector<std::unique_ptr<PageRecord>>> machines_;
};

}  // namespace roost
