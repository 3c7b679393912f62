#include "vmm/caches/cache_model.hpp"

#include <algorithm>

namespace roost {

CacheModel::CacheModel(const Topology& topology, const CacheFigures& figures, std::size_t vcpus)
    : topology_(topology),
      figures_(figures),
      private_({figures.private_lines, figures.ways}),
      shared_({figures.shared_lines, figures.ways}),
      pairs_(vcpus),
      running_(topology.pcpu_count()) {
  std::size_t llcs = 0;
  for (std::size_t p = 0; p < topology.pcpu_count(); ++p) {
    cores_ = std::max<std::size_t>(cores_, topology.place(id_at<PcpuId>(p)).core + 1);
    llcs = std::max<std::size_t>(llcs, topology.place(id_at<PcpuId>(p)).llc + 1);
  }
  caches_ = IdVector<CacheId, Cache>(cores_ + llcs);
  for (std::size_t p = topology.pcpu_count(); p-- > 0;)
    caches_[private_of(id_at<PcpuId>(p))].near = caches_[shared_of(id_at<PcpuId>(p))].near = id_at<PcpuId>(p);
}

Duration CacheModel::begin(VcpuId vcpu, PcpuId pcpu, const Stretch& stretch) {
  const Pair near = current(vcpu, private_of(pcpu), shared_of(pcpu));
  const Pair far = current(vcpu, shared_of(pcpu), private_of(pcpu));
  running_[pcpu] = {stretch, near.seen, far.seen};
  const std::uint64_t fetched = kOne - exp_of_minus(ratio(stretch.touched, stretch.working_set));
  const auto missing = [&](const Pair& pair, Lines capacity) {
    return times(std::min(stretch.working_set, capacity) - pair.resident, fetched);
  };
  const Lines to_core = missing(near, figures_.private_lines), to_llc = missing(far, figures_.shared_lines);
  std::int64_t line_ns = 0;
  const Lines dirty = take_dirty(vcpu, pcpu, to_llc, line_ns);
  const auto price = [](Lines lines, std::int64_t ns) {
    const auto each = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
    return static_cast<std::int64_t>(whole(scaled(lines, each, 1)));
  };
  const std::int64_t serial = price(to_core, figures_.shared_hit_ns - figures_.private_hit_ns) +
                              price(dirty, line_ns - figures_.shared_hit_ns) +
                              price(to_llc - dirty, stretch.memory_ns - figures_.shared_hit_ns);
  return Duration{serial / figures_.parallel};
}

void CacheModel::end(VcpuId vcpu, PcpuId pcpu, Duration done, Duration planned) {
  const Running& running = running_[pcpu];
  Stretch stretch = running.stretch;
  if (planned > done)
    stretch.touched = scaled(stretch.touched, static_cast<std::uint64_t>(done.count()),
                             static_cast<std::uint64_t>(planned.count()));
  grow(vcpu, private_of(pcpu), running.private_seen, stretch);
  grow(vcpu, shared_of(pcpu), running.shared_seen, stretch);
}

void CacheModel::grow(VcpuId vcpu, CacheId id, Lines seen, const Stretch& done) {
  Cache& cache = caches_[id];
  const Lines capacity = decay(id).shape().capacity;
  // The pair is as begin() left it: what others missed since is part of the growth, not of a decay before it.
  std::vector<Pair>& pairs = pairs_[vcpu];
  const auto pair = std::find_if(pairs.begin(), pairs.end(), [&](const Pair& p) { return p.cache == id; });
  check(pair != pairs.end() && pair->seen == seen, "a vCPU's footprint is that of its stretch's beginning");
  const Grown after = grown(pair->resident, {done.working_set, done.touched, cache.misses - seen}, capacity,
                            capacity - cache.misses);
  cache.misses = cache.misses + after.misses;
  pair->resident = after.resident;
  pair->seen = cache.misses;
}

/// Nobody's lines are evicted while the cache is not full.
Lines CacheModel::left(const Pair& pair) const {
  const CacheDecay& by = decay(pair.cache);
  return by.left(pair.resident, caches_[pair.cache].misses - std::max(pair.seen, by.shape().capacity));
}

Lines CacheModel::resident(VcpuId vcpu, CacheId cache) const {
  for (const Pair& pair : pairs_[vcpu])
    if (pair.cache == cache) return left(pair);
  return Lines{};
}

CacheModel::Pair& CacheModel::current(VcpuId vcpu, CacheId cache, CacheId kept) {
  std::vector<Pair>& pairs = pairs_[vcpu];
  auto pair = std::find_if(pairs.begin(), pairs.end(), [&](const Pair& p) { return p.cache == cache; });
  if (pair == pairs.end()) {
    if (pairs.size() < kMostCaches) {
      pair = pairs.insert(pairs.end(), Pair{});
    } else {
      const auto worth = [&](const Pair& p) { return p.cache == kept ? Lines{UINT64_MAX} : left(p); };
      const auto less = [&](const Pair& a, const Pair& b) { return worth(a) < worth(b); };
      pair = std::min_element(pairs.begin(), pairs.end(), less);
    }
    *pair = {cache, Lines{}, Lines{}};
  }
  pair->resident = left(*pair);
  pair->seen = caches_[cache].misses;
  return *pair;
}

/// Of the lines that are still in the LLC where it left most, the modified ones come from there, and leave it.
Lines CacheModel::take_dirty(VcpuId vcpu, PcpuId to, Lines most, std::int64_t& line_ns) {
  if (raw(most) == 0) return Lines{};
  Pair* source = nullptr;
  Lines there{};
  for (Pair& pair : pairs_[vcpu]) {
    if (index(pair.cache) < cores_ || pair.cache == shared_of(to) || pair.resident <= there) continue;
    const Lines here = left(pair);
    if (here > there) source = &pair, there = here;
  }
  if (source == nullptr) return Lines{};
  const Lines moved = std::min(most, scaled(there, static_cast<std::uint64_t>(figures_.dirty_1024), 1024));
  source->resident = there - moved;
  source->seen = caches_[source->cache].misses;
  line_ns = figures_.line_ns[static_cast<std::size_t>(topology_.distance(caches_[source->cache].near, to))];
  return moved;
}

std::uint64_t CacheModel::warm_misses(Lines working_set) const {
  return working_set <= figures_.shared_lines ? 0 : kOne - ratio(figures_.shared_lines, working_set);
}

}  // namespace roost
