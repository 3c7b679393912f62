// The room: which two waiting vCPUs of two runqueues change places, where none is light enough to go by itself.
// Rules: of all pairs of one who goes and a lighter one who comes, whose difference is no more than may move, the one
//   whose difference is nearest to half of that; of equals who is offered first, then who is met first on the other
//   side. Source: Xen common/sched/credit2.c consider(): the pair whose exchange leaves the loads closest.
// Deviations: weights, where Xen compares average loads of vCPUs; the first kMostOffers of each side, where Xen tries
//   all.
// Constants: kMostOffers, 8: 64 pairs are compared while two runqueues are held.
// Invariants: an exchange leaves the heavier of two runqueues lighter, as a move does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sched/vocabulary/ids.hpp"

namespace roost {

inline constexpr std::size_t kMostOffers = 8;

struct Offer {
  VcpuId vcpu;
  std::uint64_t weight = 0;
};

struct Exchange {
  VcpuId goes = kNoVcpu, comes = kNoVcpu;  // both, or neither
};

/// `limit`: the greatest difference that may move.
Exchange best_exchange(std::span<const Offer> going, std::span<const Offer> coming, std::uint64_t limit);

}  // namespace roost
