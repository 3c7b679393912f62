// The room: the vCPUs of one runqueue by key, the least first, the lower id of equals, each with a value: a search tree
//   that finds the first whose value is within a limit.
// Not here: keys, values and links: the caller's `node_of(vcpu)` gives a reference to them in its own entry.
// Costs: insert, remove, first_within O(log n) expected; for_each O(n); nothing allocates. The tree is a treap: who
//   stands above whom is decided by a fixed scramble of the ids, so its shape depends on its members and keys alone.
// Invariants: keys in order, ranks as in a heap, each member knows the least value of its subtree.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "sched/vocabulary/check.hpp"
#include "sched/vocabulary/ids.hpp"

namespace roost {

struct VcpuTreeNode {
  std::int64_t key = 0, value = 0;
  std::int64_t least = 0;  // of the values from here on down
  VcpuId left = kNoVcpu, right = kNoVcpu;
};

class VcpuTree {
 public:
  bool empty() const { return root_ == kNoVcpu; }
  std::size_t size() const { return size_; }

  /// Its key and value stay as they are until it is removed.
  template <typename NodeOf>
  void insert(VcpuId vcpu, NodeOf node_of) {
    VcpuTreeNode& node = node_of(vcpu);
    VcpuId* link = &root_;
    while (*link != kNoVcpu && rank(*link) > rank(vcpu)) {
      VcpuTreeNode& above = node_of(*link);
      above.least = std::min(above.least, node.value);
      link = sooner(vcpu, *link, node_of) ? &above.left : &above.right;
    }
    split(std::exchange(*link, vcpu), vcpu, node.left, node.right, node_of);
    update(node, node_of);
    ++size_;
  }

  template <typename NodeOf>
  void remove(VcpuId vcpu, NodeOf node_of) {
    root_ = without(root_, vcpu, node_of);
    --size_;
  }

  /// The least value of a tree that is not empty.
  template <typename NodeOf>
  std::int64_t least_value(NodeOf node_of) const {
    return node_of(root_).least;
  }

  /// The first whose value is at most `limit`, or kNoVcpu.
  template <typename NodeOf>
  VcpuId first_within(std::int64_t limit, NodeOf node_of) const {
    if (root_ == kNoVcpu || node_of(root_).least > limit) return kNoVcpu;
    for (VcpuId at = root_;;) {  // somebody from `at` on down is within the limit
      const VcpuTreeNode& node = node_of(at);
      if (node.left != kNoVcpu && node_of(node.left).least <= limit)
        at = node.left;
      else if (node.value <= limit)
        return at;
      else
        at = node.right;
    }
  }

  /// The first of them that `accepts`, or kNoVcpu. Looks at those before it that are within the limit.
  template <typename Accepts, typename NodeOf>
  VcpuId first_within(std::int64_t limit, Accepts accepts, NodeOf node_of) const {
    return search(root_, limit, accepts, node_of);
  }

  /// Calls `visit(vcpu)` in order.
  template <typename Visit, typename NodeOf>
  void for_each(Visit visit, NodeOf node_of) const {
    walk(root_, visit, node_of);
  }

  template <typename NodeOf>
  void check_invariants(NodeOf node_of) const {
    std::size_t size = 0;
    VcpuId before = kNoVcpu;
    for_each(
        [&](VcpuId vcpu) {
          check(before == kNoVcpu || sooner(before, vcpu, node_of), "the tree is in order");
          VcpuTreeNode node = node_of(vcpu);
          update(node, node_of);
          check(node.least == node_of(vcpu).least, "a member of the tree knows the least value below it");
          for (const VcpuId child : {node.left, node.right})
            check(child == kNoVcpu || rank(vcpu) > rank(child), "a member of the tree ranks above its children");
          before = vcpu;
          ++size;
        },
        node_of);
    check(size == size_, "the tree is as large as its count");
  }

 private:
  /// MurmurHash3's last step: each id has a rank of its own.
  static std::uint32_t rank(VcpuId vcpu) {
    auto x = static_cast<std::uint32_t>(vcpu);
    x = (x ^ x >> 16) * 0x85ebca6b;
    x = (x ^ x >> 13) * 0xc2b2ae35;
    return x ^ x >> 16;
  }
  template <typename NodeOf>
  static bool sooner(VcpuId a, VcpuId b, NodeOf node_of) {
    const std::int64_t of_a = node_of(a).key, of_b = node_of(b).key;
    return of_a != of_b ? of_a < of_b : a < b;
  }
  template <typename NodeOf>
  static void update(VcpuTreeNode& node, NodeOf node_of) {
    node.least = node.value;
    if (node.left != kNoVcpu) node.least = std::min(node.least, node_of(node.left).least);
    if (node.right != kNoVcpu) node.least = std::min(node.least, node_of(node.right).least);
  }

  // All recursions are as deep as the tree: some 40 levels at 100,000 members.

  /// Those of `tree` before `by`, and those after.
  template <typename NodeOf>
  static void split(VcpuId tree, VcpuId by, VcpuId& before, VcpuId& after, NodeOf node_of) {
    if (tree == kNoVcpu) {
      before = after = kNoVcpu;
      return;
    }
    VcpuTreeNode& node = node_of(tree);
    if (sooner(tree, by, node_of)) {
      before = tree;
      split(node.right, by, node.right, after, node_of);
    } else {
      after = tree;
      split(node.left, by, before, node.left, node_of);
    }
    update(node, node_of);
  }
  /// One tree of two, all of `before` before all of `after`.
  template <typename NodeOf>
  static VcpuId join(VcpuId before, VcpuId after, NodeOf node_of) {
    if (before == kNoVcpu) return after;
    if (after == kNoVcpu) return before;
    const bool first = rank(before) > rank(after);
    VcpuTreeNode& top = node_of(first ? before : after);
    (first ? top.right : top.left) = first ? join(top.right, after, node_of) : join(before, top.left, node_of);
    update(top, node_of);
    return first ? before : after;
  }
  template <typename NodeOf>
  static VcpuId without(VcpuId tree, VcpuId vcpu, NodeOf node_of) {
    VcpuTreeNode& node = node_of(tree);
    if (tree == vcpu) return join(node.left, node.right, node_of);
    VcpuId& side = sooner(vcpu, tree, node_of) ? node.left : node.right;
    side = without(side, vcpu, node_of);
    if (node.least == node_of(vcpu).value) update(node, node_of);
    return tree;
  }
  template <typename Accepts, typename NodeOf>
  static VcpuId search(VcpuId tree, std::int64_t limit, Accepts& accepts, NodeOf node_of) {
    if (tree == kNoVcpu || node_of(tree).least > limit) return kNoVcpu;
    const VcpuTreeNode& node = node_of(tree);
    const VcpuId before = search(node.left, limit, accepts, node_of);
    if (before != kNoVcpu) return before;
    if (node.value <= limit && accepts(tree)) return tree;
    return search(node.right, limit, accepts, node_of);
  }
  template <typename Visit, typename NodeOf>
  static void walk(VcpuId tree, Visit& visit, NodeOf node_of) {
    if (tree == kNoVcpu) return;
    const VcpuTreeNode& node = node_of(tree);
    walk(node.left, visit, node_of);
    visit(tree);
    walk(node.right, visit, node_of);
  }

  VcpuId root_ = kNoVcpu;
  std::size_t size_ = 0;
};

}  // namespace roost
