#include "vmm/workload/live_agenda.hpp"

#include <algorithm>

#include "vmm/host/monotonic.hpp"

namespace roost {

LiveAgenda::LiveAgenda(std::span<const std::unique_ptr<Agenda>> agenda, Duration zero, Actors* actors)
    : agenda_(agenda), zero_(zero), actors_(actors) {
  if (actors_) actors_->act();
  thread_ = std::jthread([this] { wait_and_act(); });
}

LiveAgenda::~LiveAgenda() {
  ends_.store(true, std::memory_order_release);
  bell_.ring();
}

void LiveAgenda::wait_and_act() {
  while (!ends_.load(std::memory_order_acquire)) {
    const auto next = std::min_element(agenda_.begin(), agenda_.end(),
                                       [](const auto& a, const auto& b) { return a->next() < b->next(); });
    if (next == agenda_.end() || (*next)->next() == kNever) {
      if (actors_) actors_->rest();
      return;
    }
    const Time due = (*next)->next() + zero_;
    if (host::monotonic_now() >= due)
      (*next)->act();
    else
      bell_.sleep_until(due);
  }
}

}  // namespace roost
