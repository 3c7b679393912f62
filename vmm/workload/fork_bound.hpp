// The room: how often the scripts of a VM can begin, from their loops and forks alone.
// Not here: when they do, and whether those before have ended by then (scripted_vcpu, crew).
// Invariants: an upper bound; kForever where there is none.
#pragma once

#include <vector>

#include "vmm/workload/scenario.hpp"

namespace roost {

/// By index of the scenario's scripts: how often at most vCPUs of `vm` begin them because they are forked.
std::vector<std::uint64_t> most_forks(const Scenario& scenario, const ScenarioVm& vm);

/// a + b and a * b, of numbers that may be kForever, which is as far as they go; 0 * kForever is 0.
std::uint64_t sum_of_times(std::uint64_t a, std::uint64_t b);
std::uint64_t product_of_times(std::uint64_t a, std::uint64_t b);

}  // namespace roost
