#include "vmm/caches/memory_model.hpp"

namespace roost {

namespace {

constexpr std::uint64_t kLine = 64;
constexpr std::uint64_t kLinesPerPage = PagePlacement::kPage / kLine;

Duration part_of(Duration whole, Duration elapsed, Duration planned) {
  if (elapsed >= planned) return whole;
  return Duration{static_cast<std::int64_t>(scaled(static_cast<std::uint64_t>(whole.count()),
                                                   static_cast<std::uint64_t>(elapsed.count()),
                                                   static_cast<std::uint64_t>(planned.count())))};
}

}  // namespace

MemoryModel::MemoryModel(const Topology& topology, const CacheFigures& caches, const MemoryFigures& memory,
                         std::size_t vcpus)
    : topology_(topology),
      figures_(memory),
      parallel_(caches.parallel),
      caches_(topology, caches, vcpus),
      pages_(topology, memory, vcpus),
      counts_(vcpus),
      running_(topology.pcpu_count()) {}

Duration MemoryModel::begin(const Stretch& stretch) {
  const NodeId node = topology_.place(stretch.pcpu).node;
  const Lines working_set = lines((stretch.use.working_set + kLine - 1) / kLine);
  const Lines touched = static_cast<Lines>(
      scaled(static_cast<std::uint64_t>(stretch.work.count()), stretch.use.lines_per_us << 16, 1000));
  const RegionId region = pages_.region(stretch.vm, stretch.use.region, stretch.use.working_set);
  const std::uint64_t pages = whole(std::min(touched, working_set)) / kLinesPerPage + 1;
  pages_.touch(region, node, pages);

  const std::int64_t line_ns = pages_.line_ns(region, node);
  Running& running = running_[stretch.pcpu];
  running.vcpu = stretch.vcpu;
  running.delay.reload = caches_.begin(stretch.vcpu, stretch.pcpu, {working_set, touched, line_ns});
  const Lines beyond = times(touched, caches_.warm_misses(working_set));
  const Lines serial_ns = scaled(beyond, static_cast<std::uint64_t>(line_ns - figures_.local_ns), 1);
  running.delay.remote = Duration{static_cast<std::int64_t>(whole(serial_ns)) / parallel_};
  running.delay.sampling = pages_.sample({stretch.vcpu, region, node, stretch.work, pages});
  return running.delay.reload + running.delay.remote + running.delay.sampling;
}

void MemoryModel::end(VcpuId vcpu, PcpuId pcpu, Duration elapsed, Duration planned) {
  Running& running = running_[pcpu];
  check(running.vcpu == vcpu, "a stretch of work ends where it began");
  caches_.end(vcpu, pcpu, elapsed, planned);
  MemoryCounts& counts = counts_[vcpu];
  const Duration delay = running.delay.reload + running.delay.remote + running.delay.sampling;
  counts.reload += part_of(running.delay.reload, elapsed, delay);
  counts.remote += part_of(running.delay.remote, elapsed, delay);
  counts.sampling += part_of(running.delay.sampling, elapsed, delay);
  running = {};
}

}  // namespace roost
