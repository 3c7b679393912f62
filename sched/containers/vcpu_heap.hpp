// The room: the vCPUs of one runqueue by key, the least first, the lower id of equals: a binary heap whose members know
//   their positions, so that any of them can be taken out.
// Not here: where a vCPU's position is kept: the caller's `position_of(vcpu)` gives a reference to it, so that it lies
//   in the discipline's own entry of that vCPU.
// Costs: insert, remove O(log n); last_key, last O(n). Nothing allocates, but an insert that finds the heap full: it
//   then doubles.
// Invariants: no member is sooner than the one above it; each member's position is right.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sched/vocabulary/check.hpp"
#include "sched/vocabulary/ids.hpp"

namespace roost {

template <typename Key>
class VcpuHeap {
 public:
  struct Member {
    Key key;
    VcpuId vcpu;
  };
  static constexpr std::uint32_t kNowhere = UINT32_MAX;

  void reserve(std::size_t room) { heap_.reserve(room); }
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  /// Of a heap that is not empty.
  const Member& front() const { return heap_.front(); }
  const Member& at(std::uint32_t position) const { return heap_[position]; }
  auto begin() const { return heap_.begin(); }
  auto end() const { return heap_.end(); }

  template <typename PositionOf>
  void insert(Member member, PositionOf position_of) {
    heap_.emplace_back();
    sift(static_cast<std::uint32_t>(heap_.size() - 1), member, position_of);
  }

  template <typename PositionOf>
  void remove(std::uint32_t position, PositionOf position_of) {
    const Member last = heap_.back();
    heap_.pop_back();
    if (position < heap_.size()) sift(position, last, position_of);
  }

  /// The position of the first member that `accepts`, in the heap's order, or kNowhere. Looks at those that are sooner
  /// than it, and at their children.
  template <typename Accepts>
  std::uint32_t first_where(Accepts accepts) const {
    std::uint32_t best = kNowhere;
    search(0, accepts, best);
    return best;
  }

  /// The greatest key of a heap that is not empty: one of the leaves has it.
  Key last_key() const {
    Key last = heap_.back().key;
    for (std::size_t leaf = heap_.size() / 2; leaf < heap_.size(); ++leaf) last = std::max(last, heap_[leaf].key);
    return last;
  }

  /// Fills `out` with the last members, the very last first; returns how many.
  template <typename PositionOf>
  std::size_t last(std::span<VcpuId> out, PositionOf position_of) const {
    const auto later = [&](VcpuId a, VcpuId b) { return sooner(heap_[position_of(b)], heap_[position_of(a)]); };
    std::size_t found = 0;  // out[0 .. found) is a heap with the soonest of the latest on top, until it is full
    for (const Member& member : heap_) {
      if (found < out.size()) {
        out[found++] = member.vcpu;
        std::push_heap(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(found), later);
      } else if (found > 0 && later(member.vcpu, out.front())) {
        std::pop_heap(out.begin(), out.end(), later);
        out.back() = member.vcpu;
        std::push_heap(out.begin(), out.end(), later);
      }
    }
    std::sort_heap(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(found), later);
    return found;
  }

  template <typename PositionOf>
  void check_invariants(PositionOf position_of) const {
    for (std::size_t i = 0; i < heap_.size(); ++i) {
      check(position_of(heap_[i].vcpu) == i, "a member of the heap knows its position");
      check(i == 0 || !sooner(heap_[i], heap_[(i - 1) / 2]), "no member of the heap is sooner than the one above it");
    }
  }

 private:
  static bool sooner(const Member& a, const Member& b) { return a.key != b.key ? a.key < b.key : a.vcpu < b.vcpu; }

  /// Puts `member` where it belongs, starting from a free `position`.
  template <typename PositionOf>
  void sift(std::uint32_t position, Member member, PositionOf position_of) {
    const auto put = [&](std::uint32_t at, const Member& moved) {
      heap_[at] = moved;
      position_of(moved.vcpu) = at;
    };
    while (position > 0 && sooner(member, heap_[(position - 1) / 2])) {
      put(position, heap_[(position - 1) / 2]);
      position = (position - 1) / 2;
    }
    for (std::uint32_t child = 2 * position + 1; child < heap_.size(); child = 2 * position + 1) {
      if (child + 1 < heap_.size() && sooner(heap_[child + 1], heap_[child])) ++child;
      if (!sooner(heap_[child], member)) break;
      put(position, heap_[child]);
      position = child;
    }
    put(position, member);
  }

  /// Below `position`: recursion as deep as the heap, some 17 levels at 100,000 members.
  template <typename Accepts>
  void search(std::uint32_t position, Accepts& accepts, std::uint32_t& best) const {
    if (position >= heap_.size()) return;
    if (best != kNowhere && !sooner(heap_[position], heap_[best])) return;
    if (accepts(heap_[position].vcpu)) {
      best = position;
      return;
    }
    search(2 * position + 1, accepts, best);
    search(2 * position + 2, accepts, best);
  }

  std::vector<Member> heap_;
};

}  // namespace roost
