// The room: the rule `follow_memory`: a vCPU goes to where its memory is, or its pages come to it.
// Rules: of a vCPU's recent samples, at least kFewest, more than `remote` percent lie on other nodes than the one it
//   runs on. Then, once in a `window`:
//   1. most of them lie on one other node, and a pCPU that it may use idles there: it goes to the nearest such one.
//   2. otherwise its pages follow it until the window has passed: who cannot go to its memory has it come, and memory
//      that lies about comes together.
//   Within a window a vCPU moves or its pages do, so the two do not chase each other.
//   Source: Linux's automatic NUMA balancing (6.1 kernel/sched/fair.c task_numa_fault(), task_numa_migrate()): hint
//   faults that decay by half, the node with most of them preferred, a task moved there if that is no burden.
// Deviations: a task may swap places with another in Linux; here it goes only where somebody idles. Linux lets pages
//   follow at all times; groups of tasks that share memory are not recognised, but a page that several nodes touch
//   follows none of them for long (two samples in a row).
//   Only the simulated world takes samples, and of scripted vCPUs; elsewhere nothing moves. One whose policy follows
//   memory only from a change on needs numa.scan to be set.
// Constants: remote, 30 percent: less moves for what caches hide, more leaves memory far away. window, 2 s: shorter
//   follows changes sooner and moves more; it should cover several markings. scan, 1 s of work between two markings
//   (Linux: 1 s to 60 s, adapted): shorter sees sooner and pays more hint faults, 1.2 us for each page.
// Costs: where samples are taken, a search of flags in each window; without a rule nothing is sampled.
#pragma once

#include <vector>

#include "sched/numa/numa_rule.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

struct FollowMemoryRules {
  static constexpr std::uint64_t kFewest = 64;  // samples

  std::uint64_t remote = 30;  // percent
  Duration window = std::chrono::seconds(2);
  Duration scan = std::chrono::seconds(1);
};

class FollowMemory final : public NumaRule {
 public:
  FollowMemory(Topology topology, std::size_t max_vcpus, FollowMemoryRules rules);

  NumaAdvice advise(const NumaLook& look, const LoadView& view) override;
  Duration scan() const override { return rules_.scan; }

 private:
  struct Turn {  // of a vCPU
    Time quiet_until{};          // it moved, or its pages do
    bool pages_follow = false;   // until then
  };
  PcpuId idle_on(NodeId node, const NumaLook& look, const LoadView& view) const;

  Topology topology_;
  FollowMemoryRules rules_;
  std::vector<Domain> nodes_;  // the pCPUs of each
  IdVector<VcpuId, Turn> turns_;
};

extern const NumaEntry kFollowMemoryEntry;

}  // namespace roost
