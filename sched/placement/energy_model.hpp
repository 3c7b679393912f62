// The room: what work costs in energy: the power of a pCPU at each of its performance states, by class of capacity.
// Not here: how busy anybody is, and what to do about it (energy_aware).
// Rules: the pCPUs of one LLC and one capacity are a performance domain: they share a state, the lowest whose capacity
//   is not less than what the busiest of them uses. A pCPU that uses u at a state of capacity c and power p costs
//   u p / c; the domain the sum. So work costs the more the higher the state that its busiest pCPU needs.
// Constants: the states and powers of the worked example in Linux's Documentation/scheduler/sched-energy.rst, whose
//   platform is made up: a little pCPU of capacity 512 and a big one of 1024. A pCPU of another capacity has those of
//   the nearer one in proportion. Powers have no unit: they are compared with each other alone.
// Deviations: Linux's governor asks for a quarter more than is used (schedutil), and its tables come from firmware.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sched/topology/topology.hpp"
#include "sched/vocabulary/id_vector.hpp"

namespace roost {

class EnergyModel {
 public:
  struct State {
    std::uint32_t capacity, power;
  };
  static constexpr std::array<State, 3> kLittle{{{170, 50}, {341, 150}, {512, 300}}};
  static constexpr std::array<State, 3> kBig{{{512, 400}, {768, 800}, {1024, 1700}}};

  struct PerformanceDomain {
    std::vector<PcpuId> pcpus;
    std::uint32_t capacity = 1024;  // of each
  };
  explicit EnergyModel(const Topology& topology);

  const std::vector<PerformanceDomain>& domains() const { return domains_; }
  /// What `domain` costs while its pCPUs use `sum` together and the busiest of them `busiest`; in 1/1024 of a power.
  static std::uint64_t energy(const PerformanceDomain& domain, std::uint64_t busiest, std::uint64_t sum);

 private:
  std::vector<PerformanceDomain> domains_;  // by their lowest pCPUs
};

}  // namespace roost
