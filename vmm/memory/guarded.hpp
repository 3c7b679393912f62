// The room: state that can be reached only through its own lock.
// Not here: what the state means. Whoever calls with() holds no other lock that another with() takes in reverse order.
#pragma once

#include <mutex>
#include <utility>

namespace roost {

template <typename T>
class Guarded {
 public:
  template <typename... Args>
  explicit Guarded(Args&&... args) : state_(std::forward<Args>(args)...) {}

  /// Any thread. Runs `work(state)` alone; the reference is the proof that the lock is held and must not leave `work`.
  template <typename Work>
  decltype(auto) with(Work&& work) {
    const std::lock_guard held(mutex_);
    return std::forward<Work>(work)(state_);
  }
  template <typename Work>
  decltype(auto) with(Work&& work) const {
    const std::lock_guard held(mutex_);
    return std::forward<Work>(work)(std::as_const(state_));
  }

 private:
  mutable std::mutex mutex_;
  T state_;
};

}  // namespace roost
