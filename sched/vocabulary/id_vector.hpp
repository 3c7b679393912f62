// The room: an array that only its own kind of id can index.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "sched/vocabulary/check.hpp"
#include "sched/vocabulary/ids.hpp"

namespace roost {

template <IdType Id, typename T>
class IdVector {
 public:
  IdVector() = default;
  explicit IdVector(std::size_t size) : items_(size) {}
  IdVector(std::size_t size, const T& value) : items_(size, value) {}

  T& operator[](Id id) {
    check(holds(id), "an id lies within its table");
    return items_[index(id)];
  }
  const T& operator[](Id id) const {
    check(holds(id), "an id lies within its table");
    return items_[index(id)];
  }

  bool contains(Id id) const { return holds(id); }
  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  Id end_id() const { return id_at<Id>(items_.size()); }
  void push_back(T value) { items_.push_back(std::move(value)); }
  template <typename... Args>
  T& emplace_back(Args&&... args) {
    return items_.emplace_back(std::forward<Args>(args)...);
  }
  void resize(std::size_t size) { items_.resize(size); }

  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  /// Counted in bytes: a vector's size in items is a division by their size, here at every access.
  bool holds(Id id) const { return index(id) * sizeof(T) < items_.size() * sizeof(T); }

  std::vector<T> items_;
};

}  // namespace roost
