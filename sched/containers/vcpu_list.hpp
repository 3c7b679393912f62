// The room: a list of vCPUs that wait in turn, linked through the discipline's own entries.
// Not here: those entries: the caller's `links_of(vcpu)` gives a reference to the links in them.
// Costs: every operation but check_invariants and first_where takes constant time; nothing allocates.
// Invariants: linked both ways, as long as length() says; a vCPU is in one list at most.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/vocabulary/check.hpp"
#include "sched/vocabulary/ids.hpp"

namespace roost {

struct VcpuLinks {
  VcpuId before = kNoVcpu, after = kNoVcpu;
};

class VcpuList {
 public:
  VcpuId head() const { return head_; }  // kNoVcpu: empty
  VcpuId tail() const { return tail_; }
  std::size_t length() const { return length_; }
  bool empty() const { return length_ == 0; }

  template <typename LinksOf>
  void push_back(VcpuId vcpu, LinksOf links_of) {
    insert(vcpu, tail_, kNoVcpu, links_of);
  }
  template <typename LinksOf>
  void push_front(VcpuId vcpu, LinksOf links_of) {
    insert(vcpu, kNoVcpu, head_, links_of);
  }
  /// Right before `next`, which is a member.
  template <typename LinksOf>
  void insert_before(VcpuId vcpu, VcpuId next, LinksOf links_of) {
    insert(vcpu, links_of(next).before, next, links_of);
  }
  template <typename LinksOf>
  void remove(VcpuId vcpu, LinksOf links_of) {
    const VcpuLinks links = links_of(vcpu);
    (links.before == kNoVcpu ? head_ : links_of(links.before).after) = links.after;
    (links.after == kNoVcpu ? tail_ : links_of(links.after).before) = links.before;
    --length_;
  }

  /// All members of `other`, in their order, after the last one here; `other` is then empty.
  template <typename LinksOf>
  void append(VcpuList& other, LinksOf links_of) {
    if (other.empty()) return;
    links_of(other.head_).before = tail_;
    (tail_ == kNoVcpu ? head_ : links_of(tail_).after) = other.head_;
    tail_ = other.tail_;
    length_ += other.length_;
    other = VcpuList{};
  }

  /// The first member that `accepts`, or kNoVcpu.
  template <typename Accepts, typename LinksOf>
  VcpuId first_where(Accepts accepts, LinksOf links_of) const {
    VcpuId vcpu = head_;
    while (vcpu != kNoVcpu && !accepts(vcpu)) vcpu = links_of(vcpu).after;
    return vcpu;
  }

  template <typename LinksOf>
  void check_invariants(LinksOf links_of) const {
    std::size_t length = 0;
    VcpuId before = kNoVcpu;
    for (VcpuId v = head_; v != kNoVcpu; v = links_of(v).after) {
      check(links_of(v).before == before, "the list is linked both ways");
      check(++length <= length_, "the list is as long as its count");
      before = v;
    }
    check(tail_ == before, "the tail is the last of the list");
    check(length == length_, "the list is as long as its count");
  }

 private:
  template <typename LinksOf>
  void insert(VcpuId vcpu, VcpuId before, VcpuId after, LinksOf links_of) {
    links_of(vcpu) = {before, after};
    (before == kNoVcpu ? head_ : links_of(before).after) = vcpu;
    (after == kNoVcpu ? tail_ : links_of(after).before) = vcpu;
    ++length_;
  }

  VcpuId head_ = kNoVcpu, tail_ = kNoVcpu;
  std::uint32_t length_ = 0;
};

}  // namespace roost
