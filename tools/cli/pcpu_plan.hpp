// The room: which pCPUs a run has: how many, in what places, pinned to which host CPUs.
// Not here: reading topologies (vmm/host), pinning threads (executor).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sched/topology/topology.hpp"
#include "sched/vocabulary/result.hpp"

namespace roost {

/// --pcpus: "2" is a count; "0,1", "0-3" and "cpu:2" are host CPUs.
struct PcpuRequest {
  std::optional<std::uint32_t> count;
  std::vector<std::uint32_t> host_cpus;
};
Result<PcpuRequest> parse_pcpu_request(std::string_view text);

struct PcpuPlan {
  Topology topology;               // host_cpu: what each pCPU's thread is pinned to
  std::vector<std::string> notes;  // what the user should know of it, a sentence each
};

/// Places come from `described` if there is one (--topology), else from the host. More pCPUs than the host has CPUs are
/// allowed: they take turns on them.
Result<PcpuPlan> plan_pcpus(const PcpuRequest& request, const Topology* described, const Topology& host);

/// Those pCPUs alone, renumbered from 0; one may occur more than once.
Topology part_of(const Topology& whole, std::span<const PcpuId> chosen);

}  // namespace roost
