// The room: between which parts of a domain anything may move, where parts are compared as a whole; with the faults of
//   Linux that "The Linux Scheduler: a Decade of Wasted Cores" describes, to be shown and mended.
// Rules: a domain is made of parts: what one level below lies around a pCPU. Which parts are compared, by `groups`:
//   - none: no parts; pCPUs are compared one by one (domain_load).
//   - mean: a move goes only from the part of the greater mean load. One heavy vCPU then hides idle pCPUs beside it:
//     the group imbalance of Linux 3.
//   - least: only from the part whose least load is greater: what that paper mends it by.
//   From whose view parts are made, by `view`:
//   - own: from that of the pCPU that looks.
//   - first: all from that of the host's lowest pCPU, as Linux 3 made its groups of nodes: the ball around it, then
//     that around the first pCPU outside, and so on. Two that lie in the same ball, though two hops from each other,
//     are of one part, and nothing moves between them: the missing group of that paper.
//   `hotplug`: keep, or forget: who has seen a pCPU of another runqueue of its pool offline never looks at other nodes
//   again, as after Linux 3 lost the upper domains: the missing scheduling domains.
//   Source: J.-P. Lozi, B. Lepers, J. Funston, F. Gaud, V. Quema, A. Fedorova: The Linux Scheduler: a Decade of Wasted
//   Cores, EuroSys 2016, sections 3.1, 3.2 and 3.4.
// Constants: groups, none; view, own; hotplug, keep. kMostOfGroup, 64 loads of a part are read at most, its lowest ids.
// Not work-conserving when: groups=mean, view=first or hotplug=forget, for ever; groups=least while a part has an idle
//   pCPU of its own.
#pragma once

#include <cstdint>
#include <vector>

#include "sched/runqueue/load_snapshot.hpp"
#include "sched/topology/topology.hpp"

namespace roost {

struct GroupRules {
  enum class Compare : std::uint8_t { None, Mean, Least };
  enum class View : std::uint8_t { Own, First };
  enum class Hotplug : std::uint8_t { Keep, Forget };
  Compare compare = Compare::None;
  View view = View::Own;
  Hotplug hotplug = Hotplug::Keep;
  /// Does work get to every idle pCPU all the same?
  bool conserve() const { return compare == Compare::None && view == View::Own && hotplug == Hotplug::Keep; }
};

class DomainGroups {
 public:
  static constexpr std::size_t kMostOfGroup = 64;

  DomainGroups(Topology topology, GroupRules rules);

  /// May anything move from the one to the other?
  bool may_cross(PcpuId from, PcpuId to, const LoadView& view) const;

 private:
  std::size_t level_of(PcpuId centre, PcpuId other) const;
  std::size_t part_by_first(std::size_t level, PcpuId pcpu) const;
  std::uint64_t load_of_part(const Domain& part, const LoadView& view) const;

  Topology topology_;
  GroupRules rules_;
  std::vector<std::vector<const Domain*>> by_first_;  // [level]: where view is first
};

/// Is some pCPU offline that `self` could balance with?
bool misses_some(PcpuId self, const Topology& topology, const LoadView& view);

}  // namespace roost
