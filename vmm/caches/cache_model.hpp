// The room: what every vCPU has in every cache of the host, and what it must fetch anew where it begins to work.
// Not here: the arithmetic (cache_decay, cache_growth), where memory lies (page_placement), time and events.
// Invariants: lines of all vCPUs in a cache are at most what it holds (random replacement; under the LRU sum of
//   cache_decay lines that were used again without a miss make it an approximation). A vCPU remembers at most
//   kMostCaches caches: the emptiest is forgotten.
//
// Two levels: a private one per core and a shared one per LLC. A cache is an odometer of its misses; a (vCPU, cache)
// pair is the lines it had when last looked at and the odometer then. begin() and end() bring the two pairs of one vCPU
// up to date and nothing else, so both cost O(1). Others' misses are known when their stretch ends: a stretch that
// overlaps another sees those of the stretches that ended within it, late by at most a stretch's length and never lost.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sched/topology/topology.hpp"
#include "sched/vocabulary/id_vector.hpp"
#include "sched/vocabulary/time.hpp"
#include "vmm/caches/cache_decay.hpp"
#include "vmm/caches/cache_growth.hpp"

namespace roost {

struct CacheFigures {
  Lines private_lines{}, shared_lines{};  // per core, per LLC
  std::uint32_t ways = 0;                 // CacheShape::ways
  std::int64_t private_hit_ns = 4, shared_hit_ns = 15;
  std::array<std::int64_t, kDistances> line_ns{};  // from another LLC, [Distance]
  std::int64_t parallel = 4;     // misses in flight
  std::int64_t dirty_1024 = 0;   // of the lines in another LLC, so many 1024ths must come from there
};

class CacheModel {
 public:
  static constexpr std::size_t kMostCaches = 16;

  CacheModel(const Topology& topology, const CacheFigures& figures, std::size_t vcpus);

  struct Stretch {  // of work to be done
    Lines working_set{}, touched{};
    std::int64_t memory_ns = 0;  // a line from memory
  };
  /// What fetching lines that a warm vCPU would have adds to the stretch.
  Duration begin(VcpuId vcpu, PcpuId pcpu, const Stretch& stretch);
  /// `done` of `planned` has passed since begin().
  void end(VcpuId vcpu, PcpuId pcpu, Duration done, Duration planned);

  Lines resident_private(VcpuId vcpu, PcpuId pcpu) const { return resident(vcpu, private_of(pcpu)); }
  Lines resident_shared(VcpuId vcpu, PcpuId pcpu) const { return resident(vcpu, shared_of(pcpu)); }
  /// Share of touches, in 1/2^32, that miss the shared level however warm it is.
  std::uint64_t warm_misses(Lines working_set) const;

 private:
  enum class CacheId : std::uint32_t {};  // private ones by core, then shared ones by LLC
  struct Cache {
    Lines misses{};   // the odometer
    PcpuId near{0};   // one of its pCPUs
  };
  struct Pair {
    CacheId cache{};
    Lines resident{}, seen{};  // and the odometer at that moment
  };
  struct Running {
    Stretch stretch;
    Lines private_seen{}, shared_seen{};  // odometers at begin()
  };

  CacheId private_of(PcpuId pcpu) const { return id_at<CacheId>(topology_.place(pcpu).core); }
  CacheId shared_of(PcpuId pcpu) const { return id_at<CacheId>(cores_ + topology_.place(pcpu).llc); }
  const CacheDecay& decay(CacheId cache) const { return index(cache) < cores_ ? private_ : shared_; }
  Lines left(const Pair& pair) const;
  Lines resident(VcpuId vcpu, CacheId cache) const;
  /// Up to date, and there: the emptiest pair but `kept`'s makes room for it.
  Pair& current(VcpuId vcpu, CacheId cache, CacheId kept);
  void grow(VcpuId vcpu, CacheId cache, Lines seen, const Stretch& done);
  Lines take_dirty(VcpuId vcpu, PcpuId to, Lines most, std::int64_t& line_ns);

  Topology topology_;
  CacheFigures figures_;
  CacheDecay private_, shared_;
  std::size_t cores_ = 0;
  IdVector<CacheId, Cache> caches_;
  IdVector<VcpuId, std::vector<Pair>> pairs_;
  IdVector<PcpuId, Running> running_;
};

}  // namespace roost
