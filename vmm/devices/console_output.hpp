// The room: the way out for console bytes, shared by all devices of a machine that print.
// Invariants: one call of the receiver at a time; the bytes of one vCPU stay in order.
// The lock guards the call itself and nothing else, and the receiver does not come back to the machine: a leaf.
#pragma once

#include <functional>
#include <mutex>
#include <string_view>
#include <utility>

namespace roost {

class ConsoleOutput {
 public:
  explicit ConsoleOutput(std::function<void(std::string_view)> receiver) : receiver_(std::move(receiver)) {}

  /// Any thread, no device lock held.
  void write(std::string_view bytes) {
    if (!receiver_ || bytes.empty()) return;
    const std::lock_guard held(one_at_a_time_);
    receiver_(bytes);
  }

 private:
  std::mutex one_at_a_time_;
  std::function<void(std::string_view)> receiver_;
};

}  // namespace roost
