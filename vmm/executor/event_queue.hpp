// The room: what will happen in virtual time, in one total order: time, then the order in which it was planned.
// Not here: what an event means.
// Invariants: pop() never goes back in time; equal times come out first in, first out, unless a tie seed shuffles them.
//
// A 4-ary heap of 128-bit keys (time, tie, sequence). Re-planned events are not taken out: whoever pops one asks its
// owner whether it still holds (lazy deletion), which measures equal to an indexed heap and is simpler.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "sched/vocabulary/check.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

template <typename Payload>
class EventQueue {
 public:
  /// `tie_seed` != 0: events of equal time come out in an order drawn from it, as a test of what may not depend on it.
  explicit EventQueue(std::uint64_t tie_seed = 0) : tie_seed_(tie_seed) {}

  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  Time next_time() const { return heap_.empty() ? kNever : time_of(heap_.front()); }

  void push(Time at, Payload payload) {
    check(at >= last_, "an event is planned for now or later");
    heap_.push_back({key(at), payload});
    sift_up(heap_.size() - 1);
  }

  /// What comes next (place 0); what comes after it is at a place of 1 to 4. Null: nothing is there.
  const Payload* upcoming(std::size_t place) const { return place < heap_.size() ? &heap_[place].payload : nullptr; }

  std::pair<Time, Payload> pop() {
    const Entry top = heap_.front();
    heap_.front() = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sift_down(0);
    last_ = time_of(top);
    return {last_, top.payload};
  }

 private:
  __extension__ using Key = unsigned __int128;
  struct Entry {
    Key key;
    Payload payload;
  };

  Key key(Time at) {
    const std::uint64_t order = tie_seed_ ? mix(tie_seed_ ^ ++sequence_) : ++sequence_;
    return Key{static_cast<std::uint64_t>(nanoseconds(at))} << 64 | order;
  }
  static std::uint64_t mix(std::uint64_t x) {  // splitmix64's finaliser (Steele et al. 2014): one to one
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }
  static Time time_of(const Entry& entry) { return time_at(static_cast<std::int64_t>(entry.key >> 64)); }

  void sift_up(std::size_t at) {
    const Entry entry = heap_[at];
    while (at > 0) {
      const std::size_t parent = (at - 1) / 4;
      if (heap_[parent].key <= entry.key) break;
      heap_[at] = heap_[parent];
      at = parent;
    }
    heap_[at] = entry;
  }
  void sift_down(std::size_t at) {
    const Entry entry = heap_[at];
    for (;;) {
      const std::size_t first = 4 * at + 1;
      if (first >= heap_.size()) break;
      std::size_t least = first;
      for (std::size_t child = first + 1; child < std::min(first + 4, heap_.size()); ++child)
        if (heap_[child].key < heap_[least].key) least = child;
      if (entry.key <= heap_[least].key) break;
      heap_[at] = heap_[least];
      at = least;
    }
    heap_[at] = entry;
  }

  std::uint64_t tie_seed_;
  std::uint64_t sequence_ = 0;
  Time last_{};
  std::vector<Entry> heap_;
};

}  // namespace roost
