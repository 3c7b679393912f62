#include "sched/balance/exchange.hpp"

namespace roost {

Exchange best_exchange(std::span<const Offer> going, std::span<const Offer> coming, std::uint64_t limit) {
  Exchange best;
  std::uint64_t nearest = UINT64_MAX;
  for (const Offer& goes : going)
    for (const Offer& comes : coming) {
      if (goes.weight <= comes.weight || goes.weight - comes.weight > limit) continue;
      const std::uint64_t twice = 2 * (goes.weight - comes.weight);
      const std::uint64_t off = twice > limit ? twice - limit : limit - twice;
      if (off >= nearest) continue;
      nearest = off;
      best = {goes.vcpu, comes.vcpu};
    }
  return best;
}

}  // namespace roost
