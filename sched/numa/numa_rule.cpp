#include "sched/numa/numa_rule.hpp"

namespace roost {

constexpr NumaEntry kNoNumaEntry{
    {"none", "neither vCPUs nor pages move for the sake of memory", "Roost", {}, "numa_rule"},
    [](const Topology&, std::size_t, const ConstantValues&) -> std::unique_ptr<NumaRule> { return nullptr; }};

}  // namespace roost
