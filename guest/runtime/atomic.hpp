// The room: one value that several harts read and write.
// Loads acquire, stores release, read-modify-writes do both: what a hart wrote before is seen by who reads the value.
#pragma once

namespace guest {

template <typename T>
class Atomic {
 public:
  constexpr Atomic() = default;
  constexpr explicit Atomic(T value) : value_(value) {}

  T load() const { return __atomic_load_n(&value_, __ATOMIC_ACQUIRE); }
  T load_relaxed() const { return __atomic_load_n(&value_, __ATOMIC_RELAXED); }
  void store(T value) { __atomic_store_n(&value_, value, __ATOMIC_RELEASE); }
  T exchange(T value) { return __atomic_exchange_n(&value_, value, __ATOMIC_ACQ_REL); }
  T fetch_add(T value) { return __atomic_fetch_add(&value_, value, __ATOMIC_ACQ_REL); }
  T fetch_sub(T value) { return __atomic_fetch_sub(&value_, value, __ATOMIC_ACQ_REL); }
  T fetch_or(T value) { return __atomic_fetch_or(&value_, value, __ATOMIC_ACQ_REL); }
  T fetch_and(T value) { return __atomic_fetch_and(&value_, value, __ATOMIC_ACQ_REL); }
  const T& place() const { return value_; }

 private:
  T value_{};
};

}  // namespace guest
