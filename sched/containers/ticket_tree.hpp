// The room: the vCPUs of one runqueue, each with a number of tickets: who holds the n-th of all of them? Partial sums
//   of the tickets, as a tree (P. Fenwick, A New Data Structure for Cumulative Frequency Tables, 1994).
// Not here: drawing the number; where a vCPU's position is kept: the caller's `position_of(vcpu)` gives a reference.
// Costs: insert, remove, holder O(log n). Nothing allocates, but an insert that finds the tree full: it then doubles.
// Invariants: members lie densely, in the order in which they came, but that the last takes the place of one who goes;
//   each member's position is right; sums are exact.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sched/vocabulary/check.hpp"
#include "sched/vocabulary/ids.hpp"

namespace roost {

class TicketTree {
 public:
  struct Member {
    VcpuId vcpu;
    std::uint64_t tickets;
  };

  void reserve(std::size_t room) {
    members_.reserve(room);
    sums_.reserve(room);
  }
  bool empty() const { return members_.empty(); }
  std::size_t size() const { return members_.size(); }
  std::uint64_t tickets() const { return tickets_; }  // of all members
  const Member& at(std::uint32_t position) const { return members_[position]; }
  auto begin() const { return members_.begin(); }
  auto end() const { return members_.end(); }

  template <typename PositionOf>
  void insert(Member member, PositionOf position_of) {
    const std::size_t i = members_.size();  // its node holds the sum of the last lowest_bit(i + 1) members
    std::uint64_t sum = member.tickets;
    for (std::size_t step = 1; step < lowest_bit(i + 1); step *= 2) sum += sums_[i - step];
    position_of(member.vcpu) = static_cast<std::uint32_t>(i);
    members_.push_back(member);
    sums_.push_back(sum);
    tickets_ += member.tickets;
  }

  template <typename PositionOf>
  void remove(std::uint32_t position, PositionOf position_of) {
    const Member last = members_.back();
    tickets_ -= members_[position].tickets;
    members_.pop_back();
    sums_.pop_back();  // no other node holds the last member
    if (position == members_.size()) return;
    add(position, last.tickets - members_[position].tickets);
    members_[position] = last;
    position_of(last.vcpu) = position;
  }

  /// Who holds the ticket of this number, which is below tickets().
  const Member& holder(std::uint64_t number) const {
    std::size_t before = 0;  // members that hold only tickets of lower numbers
    for (std::size_t step = std::bit_floor(members_.size()); step > 0; step /= 2) {
      if (before + step > members_.size() || sums_[before + step - 1] > number) continue;
      before += step;
      number -= sums_[before - 1];
    }
    return members_[before];
  }

  template <typename PositionOf>
  void check_invariants(PositionOf position_of) const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      check(position_of(members_[i].vcpu) == i, "a member of the tree knows its position");
      sum += members_[i].tickets;
      std::uint64_t of_node = 0;
      for (std::size_t j = i + 1 - lowest_bit(i + 1); j <= i; ++j) of_node += members_[j].tickets;
      check(of_node == sums_[i], "a node holds the sum of its members' tickets");
    }
    check(sum == tickets_ && sums_.size() == members_.size(), "all tickets are the members'");
  }

 private:
  static std::size_t lowest_bit(std::size_t number) { return number & (~number + 1); }
  /// Differences wrap around as unsigned numbers do.
  void add(std::size_t position, std::uint64_t difference) {
    for (std::size_t node = position + 1; node <= sums_.size(); node += lowest_bit(node)) sums_[node - 1] += difference;
  }

  std::vector<Member> members_;
  std::vector<std::uint64_t> sums_;
  std::uint64_t tickets_ = 0;
};

}  // namespace roost
