// The room: many scripted vCPUs of mixed habits on a large simulated host, for measurements of speed and size.
// Not here: measuring.
//
// Of each four vCPUs two run and sleep in turn, one runs, signals and sleeps, and one waits for such a signal and runs;
// they keep the pCPUs busy for some five sixths of the time, whatever their number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "vmm/executor/simulated_world.hpp"
#include "vmm/workload/workload.hpp"

namespace roost::kit {

struct CrowdSize {
  std::size_t pcpus = 1;
  std::size_t vcpus_each = 4;  // a multiple of 4
  std::size_t trace_capacity = 0;
  Duration time_limit{};
  std::string policy = "weighted_fair,balance=pull";
};

/// What happened in a run.
struct CrowdCounts {
  std::uint64_t engine = 0;  // events of the engine's queue
  std::uint64_t switches = 0, wakeups = 0, blocks = 0, kicks = 0, timers = 0;
  std::uint64_t scheduling() const { return switches + wakeups + blocks + kicks + timers; }
  CrowdCounts& operator+=(const CrowdCounts& other);
};

class Crowd {
 public:
  explicit Crowd(const CrowdSize& size);
  RunEnd run();
  CrowdCounts counts() const;
  const SimulatedWorld& world() const { return *world_; }

 private:
  Scenario scenario_;
  std::unique_ptr<SimulatedWorld> world_;
  std::unique_ptr<Workload> workload_;
};

/// Nodes of 128 cores, 16 to an LLC, one pCPU to a core; up to 64: one LLC.
Topology crowd_host(std::size_t pcpus);

}  // namespace roost::kit
