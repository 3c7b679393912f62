// The room: how long a line from the memory of one node takes to another.
// Rules: SLIT distances tell how nodes compare, not how many times slower they are: the farthest pair of the host has
//   the figure `remote`, and the others lie between.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sched/topology/topology.hpp"

namespace roost {

class NodeLatency {
 public:
  NodeLatency(const Topology& topology, std::int64_t local_ns, std::int64_t remote_ns)
      : topology_(topology), local_ns_(local_ns), remote_ns_(remote_ns) {
    for (std::size_t from = 0; from < topology.node_count(); ++from)
      for (std::size_t to = 0; to < topology.node_count(); ++to)
        farthest_ = std::max(farthest_, topology.node_distance(id_at<NodeId>(from), id_at<NodeId>(to)));
  }
  std::int64_t ns(NodeId from, NodeId to) const {
    if (from == to || farthest_ == 10) return local_ns_;
    const std::int64_t distance = std::max<std::int64_t>(topology_.node_distance(from, to), 10);
    return local_ns_ + (remote_ns_ - local_ns_) * (distance - 10) / (farthest_ - 10);
  }
  std::int64_t local_ns() const { return local_ns_; }

 private:
  Topology topology_;
  std::int64_t local_ns_, remote_ns_;
  std::uint32_t farthest_ = 10;
};

}  // namespace roost
