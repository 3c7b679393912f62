// The room: the events that one thread recorded, in the order in which it did.
// Invariants: the first `capacity` events are kept (so a trace is whole up to where it ends), the rest are counted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "sched/trace/event.hpp"

namespace roost {

class EventLog {
 public:
  explicit EventLog(std::size_t capacity) : capacity_(capacity) {}

  bool on() const { return capacity_ > 0; }
  void add(const Event& event) {
    if (events_.size() < capacity_)
      events_.push_back(event);
    else
      ++lost_;
  }
  std::span<const Event> events() const { return events_; }
  std::uint64_t lost() const { return lost_; }

 private:
  std::size_t capacity_;
  std::uint64_t lost_ = 0;
  std::vector<Event> events_;
};

/// All logs as one, in (time, log) order. Times of one log never go back.
inline std::vector<Event> merged(std::span<const EventLog* const> logs) {
  std::vector<Event> all;
  for (const EventLog* log : logs) all.insert(all.end(), log->events().begin(), log->events().end());
  std::stable_sort(all.begin(), all.end(), [](const Event& a, const Event& b) { return a.at < b.at; });
  return all;
}

}  // namespace roost
