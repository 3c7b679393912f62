#include "sched/balance/migration_cost.hpp"

namespace roost {

Duration MigrationCost::of(Distance distance, const LoadSnapshot& from) const {
  const Duration cost = of(distance);
  if (distance != Distance::Remote) return cost;
  return cost + expected_run(from) * (remote_slowdown - 100) / 100;
}

MigrationCost cost_of(const ConstantValues& constants) {
  MigrationCost cost{.lock = constants.time("lock"),
                     .tlb = constants.time("tlb"),
                     .remote_slowdown = constants.count("remote_slowdown")};
  const auto set = [&](Distance distance, std::string_view name) {
    cost.cache[static_cast<std::size_t>(distance)] = constants.time(name);
  };
  set(Distance::Smt, "cache_smt");
  set(Distance::Llc, "cache_llc");
  set(Distance::Package, "cache_package");
  set(Distance::Node, "cache_node");
  set(Distance::Remote, "cache_remote");
  return cost;
}

}  // namespace roost
