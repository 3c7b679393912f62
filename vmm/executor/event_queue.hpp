// The room: what will happen in virtual time, in one total order: time, then the order in which it was planned.
// Not here: what an event means.
// Invariants: pop() never goes back in time; equal times come out first in, first out, unless a tie seed shuffles them.
//
// A 4-ary heap of 16-byte keys (time, tie, slot): four children lie in one or two cache lines. What they mean lies in
// its slot and does not move. Re-planned events are not taken out: whoever pops one asks its owner whether it still
// holds (lazy deletion), which measures equal to an indexed heap and is simpler. What was popped leaves a hole at the
// top until the next one is asked for: an event mostly plans another, which then goes the one way down instead.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sched/vocabulary/check.hpp"
#include "sched/vocabulary/random_stream.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

template <typename Payload>
class EventQueue {
 public:
  /// `tie_seed` != 0: events of equal time come out in an order drawn from it, as a test of what may not depend on it.
  explicit EventQueue(std::uint64_t tie_seed = 0) : tie_seed_(tie_seed) {}

  bool empty() const { return size() == 0; }
  std::size_t size() const { return heap_.size() - (hole_ ? 1 : 0); }
  /// kNever: there is none.
  Time next_time() {
    fill_hole();
    return heap_.empty() ? kNever : time_of(heap_.front());
  }

  void push(Time at, Payload payload) {
    check(at >= last_, "an event is planned for now or later");
    const std::uint32_t slot = free_slot();
    slots_[slot] = payload;
    const Key added = key(at, slot);
    if (std::exchange(hole_, false)) return sift_up(hole_at_the_bottom(), added);
    heap_.emplace_back();
    sift_up(heap_.size() - 1, added);
  }

  // ---- after pop(), before push() ----
  static constexpr std::size_t kRivals = 4;
  /// Those of which one comes next: `rival` < kRivals. Null: there are fewer.
  const Payload* upcoming(std::size_t rival) const {
    return rival + 1 < heap_.size() ? &slots_[slot_of(heap_[rival + 1])] : nullptr;
  }
  /// Null: nothing is there.
  const Payload* next() const {
    return heap_.size() > 1 ? &slots_[slot_of(heap_[least_child(0)])] : nullptr;
  }

  std::pair<Time, Payload> pop() {
    fill_hole();
    const Key top = heap_.front();
    hole_ = true;
    last_ = time_of(top);
    free_.push_back(slot_of(top));
    return {last_, slots_[slot_of(top)]};
  }

 private:
  __extension__ using Key = unsigned __int128;  // 64 bits of time, 40 of tie, 24 of slot: all keys differ
  static constexpr unsigned kSlotBits = 24;

  Key key(Time at, std::uint32_t slot) {
    check(++sequence_ < std::uint64_t{1} << (64 - kSlotBits), "a run has fewer than 2^40 events");
    const std::uint64_t tie = tie_seed_ ? splitmix64(tie_seed_ ^ sequence_) >> kSlotBits : sequence_;
    return Key{static_cast<std::uint64_t>(nanoseconds(at))} << 64 | (tie << kSlotBits | slot);
  }
  static Time time_of(Key key) { return time_at(static_cast<std::int64_t>(key >> 64)); }
  static std::uint32_t slot_of(Key key) { return static_cast<std::uint32_t>(key) & ((1U << kSlotBits) - 1); }

  std::uint32_t free_slot() {
    if (!free_.empty()) {
      const std::uint32_t slot = free_.back();
      free_.pop_back();
      return slot;
    }
    check(slots_.size() < std::size_t{1} << kSlotBits, "fewer than 2^24 events are planned at a time");
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  void fill_hole() {
    if (!std::exchange(hole_, false)) return;
    const Key last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sift_up(hole_at_the_bottom(), last);
  }
  /// `key` goes into the hole at `at`, or above it.
  void sift_up(std::size_t at, Key key) {
    while (at > 0) {
      const std::size_t parent = (at - 1) / 4;
      if (heap_[parent] <= key) break;
      heap_[at] = heap_[parent];
      at = parent;
    }
    heap_[at] = key;
  }
  /// Fills the hole at the top by the least of its children, and so on down. What goes into the last hole came from the
  /// bottom and belongs near it: it is not compared on the way, and choices among four are made without branches.
  std::size_t hole_at_the_bottom() {
    std::size_t hole = 0;
    while (4 * hole + 1 < heap_.size()) {
      const std::size_t least = least_child(hole);
      heap_[hole] = heap_[least];
      hole = least;
    }
    return hole;
  }
  /// Of one that has a child.
  std::size_t least_child(std::size_t of) const {
    const auto less = [this](std::size_t a, std::size_t b) { return heap_[b] < heap_[a] ? b : a; };
    const std::size_t first = 4 * of + 1, size = heap_.size();
    if (first + 4 <= size) [[likely]]
      return less(less(first, first + 1), less(first + 2, first + 3));
    std::size_t least = first;
    for (std::size_t child = first + 1; child < size; ++child) least = less(least, child);
    return least;
  }

  std::uint64_t tie_seed_;
  std::uint64_t sequence_ = 0;
  Time last_{};
  std::vector<Key> heap_;
  bool hole_ = false;  // its first was popped
  std::vector<Payload> slots_;
  std::vector<std::uint32_t> free_;  // slots
};

}  // namespace roost
