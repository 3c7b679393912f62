#include "vmm/workload/agenda.hpp"

#include <algorithm>

namespace roost {

Arrivals::Arrivals(const ArrivalSpec& spec, SharedObject& queue, std::uint64_t seed, std::uint64_t number)
    : spec_(spec), queue_(queue), drawer_(seed ^ 0x5eed'a221'7a15, number) {
  if (spec_.on) burst_ends_ = Time{} + drawer_.draw(*spec_.on);
  next_ = following();
  queue_.add_source();
}

void Arrivals::act() {
  // Due but late (live): the job has been waiting since it was due.
  queue_.offer(next_);
  ++made_;
  next_ = following();
  if (next_ == kNever) queue_.end_source();
}

Time Arrivals::following() {
  if (!spec_.times.empty()) return made_ < spec_.times.size() ? spec_.times[made_] : kNever;
  if (made_ == spec_.jobs) return kNever;
  Time at = next_ + drawer_.draw(spec_.gap);
  // What would arrive after the burst arrives as long after the beginning of the next.
  while (spec_.on && at >= burst_ends_) {
    const Duration pause = drawer_.draw(*spec_.off);
    at += pause;
    burst_ends_ += pause + std::max(drawer_.draw(*spec_.on), Duration{1});
  }
  return std::max(at, next_);
}

}  // namespace roost
