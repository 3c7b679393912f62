// The room: how many of its lines a running vCPU has in a cache after it has touched some, beside others that miss
//   there.
// Not here: what happens while it does not run (cache_decay), which caches there are (cache_model).
// Invariants: resident <= capacity. A miss in a cache that is full evicts a random line, a vCPU's own ones too, so the
//   lines of all vCPUs together are never more than the cache holds.
//
// A cache that is not full yet: E = W - (W - E0) e^(-n/W), n lines touched of a working set W. A full one, with
// `others` misses by other vCPUs meanwhile: dE = dm - (dm + dothers) E/C, dm = (1 - E/W) dn; solved in at most eight
// pieces, in each of which dm/dn in the evictions is what it was at the piece's beginning.
#pragma once

#include "vmm/caches/fixed_point.hpp"

namespace roost {

struct Touching {
  Lines working_set{};  // W, not 0
  Lines touched{};      // n: how often a line that may be another than before
  Lines others{};       // misses of other vCPUs in this cache meanwhile
};

struct Grown {
  Lines resident{}, misses{};
};

/// `before` of its lines are there; `room` lines of the cache hold nobody's.
Grown grown(Lines before, const Touching& touching, Lines capacity, Lines room);

}  // namespace roost
