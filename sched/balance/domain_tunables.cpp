#include "sched/balance/domain_tunables.hpp"

namespace roost {

namespace {

std::uint32_t threshold_of(Distance distance) {
  switch (distance) {
    case Distance::Same:
    case Distance::Smt: return 110;
    case Distance::Llc:
    case Distance::Package:
    case Distance::Node: return 117;
    case Distance::Remote: return 125;
  }
  check_failed("a distance has a threshold", __FILE__, __LINE__);
}

}  // namespace

DomainTunables tunables_of(const SchedDomain& domain, const DomainRules& rules) {
  const Duration interval = rules.per_pcpu * static_cast<std::int64_t>(domain.span->count());
  return {.interval = interval,
          .slowest = interval * DomainRules::kSlowest,
          .threshold = threshold_of(domain.distance),
          .cost = rules.cost.of(domain.distance),
          .distance = domain.distance,
          .damping = rules.damping,
          .patience = rules.patience,
          .active = CacheHot::tries(domain.distance) + rules.active};
}

}  // namespace roost
