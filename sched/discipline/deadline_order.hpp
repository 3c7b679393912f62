// The room: vCPUs of one runqueue by deadline, the earliest first, the lower id of equals.
// A sorted array: admission bounds how many vCPUs with a reservation one pCPU has, and a few dozen are moved faster
//   than a heap of them is searched. It grows when it is full (amortised): nothing else allocates.
// Invariants: whoever is in it is taken out under the deadline that it was put in with.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "sched/vocabulary/check.hpp"
#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

class DeadlineOrder {
 public:
  struct Item {
    Time deadline{};
    VcpuId vcpu = kNoVcpu;
    friend bool operator==(const Item&, const Item&) = default;
  };
  static bool sooner(const Item& a, const Item& b) {
    return a.deadline != b.deadline ? a.deadline < b.deadline : a.vcpu < b.vcpu;
  }

  void insert(Item item) { items_.insert(place_of(item), item); }
  void erase(Item item) {
    const auto at = place_of(item);
    check(at != items_.end() && *at == item, "who is taken out stands where its deadline says");
    items_.erase(at);
  }
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  const Item& first() const { return items_.back(); }
  /// From the latest deadline to the earliest.
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<Item>::iterator place_of(const Item& item) {
    return std::lower_bound(items_.begin(), items_.end(), item,
                            [](const Item& a, const Item& b) { return sooner(b, a); });
  }
  std::vector<Item> items_;  // the first is the last
};

}  // namespace roost
