// The room: what is told a little ahead of its time, in the order of time; of equal times in the order of telling.
// Not here: events that are planned for long (event_queue).
// Invariants: the entries from `first_` on are sorted by time; pop() takes the first of them.
//
// A sorted array that grows at its end: most of what is told is later than nearly all that was told before, so it finds
// its place within a few steps from the end (on a host of thousands of pCPUs, a few hundred), and the earliest is taken
// without moving the others.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "sched/vocabulary/time.hpp"

namespace roost {

template <typename Told>
class ToldAhead {
 public:
  bool empty() const { return first_ == entries_.size(); }
  Time next_time() const { return empty() ? kNever : entries_[first_].first; }

  void push(Time at, Told told) {
    if (first_ > kKept && 2 * first_ > entries_.size()) forget();
    std::size_t place = entries_.size();
    entries_.emplace_back(at, told);
    for (; place > first_ && at < entries_[place - 1].first; --place) entries_[place] = entries_[place - 1];
    entries_[place] = {at, told};
  }
  std::pair<Time, Told> pop() {
    const auto earliest = entries_[first_++];
    if (empty()) entries_.clear(), first_ = 0;
    return earliest;
  }

 private:
  static constexpr std::size_t kKept = 64;  // places of entries that were taken
  void forget() {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }

  std::vector<std::pair<Time, Told>> entries_;
  std::size_t first_ = 0;
};

}  // namespace roost
