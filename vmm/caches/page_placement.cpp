#include "vmm/caches/page_placement.hpp"

#include <algorithm>

#include "vmm/caches/fixed_point.hpp"

namespace roost {

PagePlacement::PagePlacement(const Topology& topology, const MemoryFigures& figures, std::size_t vcpus)
    : topology_(topology),
      figures_(figures),
      latency_(topology, figures.local_ns, figures.remote_ns),
      samplers_(vcpus) {}

RegionId PagePlacement::region(VmId vm, std::uint32_t number, std::uint64_t bytes) {
  const auto [known, is_new] = numbers_.try_emplace({vm, number}, regions_.end_id());
  if (is_new) {
    regions_.push_back({});
    regions_[known->second].on.resize(topology_.node_count());
    regions_[known->second].faults_by.resize(topology_.node_count());
  }
  Region& region = regions_[known->second];
  const std::uint64_t pages = (bytes + kPage - 1) / kPage;
  region.untouched += pages - std::min(pages, region.untouched + region.touched);
  return known->second;
}

void PagePlacement::touch(RegionId id, NodeId node, std::uint64_t pages) {
  Region& region = regions_[id];
  pages = std::min(pages, region.untouched);
  region.untouched -= pages;
  region.touched += pages;
  region.on[index(node)] += pages;
}

std::int64_t PagePlacement::line_ns(RegionId id, NodeId node) const {
  const Region& region = regions_[id];
  if (region.touched == 0) return figures_.local_ns;
  std::int64_t sum = 0;
  for (std::size_t n = 0; n < region.on.size(); ++n)
    sum += static_cast<std::int64_t>(region.on[n]) * latency_.ns(node, id_at<NodeId>(n));
  return sum / static_cast<std::int64_t>(region.touched);
}

void PagePlacement::begin_period(Sampler& sampler, Region& region, std::uint64_t periods) {
  const std::uint64_t halvings = std::min<std::uint64_t>(periods, 63);
  for (std::uint64_t& faults : sampler.faults_on) faults >>= halvings;
  for (std::uint64_t& faults : region.faults_by) faults >>= halvings;
  sampler.marked = std::min(figures_.sampled_pages, region.touched);
}

Duration PagePlacement::sample(const Work& work) {
  if (figures_.sampling_period == Duration{0}) return Duration{0};
  Sampler& sampler = samplers_[work.vcpu];
  Region& region = regions_[work.region];
  sampler.faults_on.resize(topology_.node_count());
  const std::int64_t before = sampler.worked / figures_.sampling_period;
  sampler.worked += work.time;
  const std::int64_t after = sampler.worked / figures_.sampling_period;
  if (after > before) begin_period(sampler, region, static_cast<std::uint64_t>(after - before));
  const std::uint64_t faults = std::min(sampler.marked, work.pages);
  if (faults == 0) return Duration{0};
  sampler.marked -= faults;
  std::vector<std::uint64_t> here(region.on.size());
  std::uint64_t pages = 0, spread = 0;  // rounding goes from node to node, so that all faults lie somewhere
  for (std::size_t n = 0; n < here.size(); ++n) {
    pages += region.on[n];
    const std::uint64_t upto = scaled(faults, pages, region.touched);
    here[n] = upto - spread;
    spread = upto;
    sampler.faults_on[n] += here[n];
  }
  hint_faults_ += faults;
  sampler.taken.all += faults;
  sampler.taken.remote += faults - here[index(work.node)];
  region.faults_by[index(work.node)] += faults;
  const Duration cost{static_cast<std::int64_t>(faults) * figures_.hint_fault_ns};
  return figures_.moves_sampled || sampler.follow ? cost + bring_here(work.region, work.node, here) : cost;
}

/// A page moves when two faults in a row come from one node; of a node with a share p of the faults that is p squared.
Duration PagePlacement::bring_here(RegionId id, NodeId node, const std::vector<std::uint64_t>& faults) {
  const Region& region = regions_[id];
  std::uint64_t all = 0;
  for (const std::uint64_t by : region.faults_by) all += by;
  Duration cost{0};
  for (std::size_t from = 0; from < faults.size(); ++from) {
    if (from == index(node)) continue;
    const std::uint64_t by_us = region.faults_by[index(node)];
    cost += move(id, id_at<NodeId>(from), node, scaled(scaled(faults[from], by_us, all), by_us, all));
  }
  return cost;
}

std::uint64_t PagePlacement::pages_on(NodeId node) const {
  std::uint64_t pages = 0;
  for (const Region& region : regions_) pages += region.on[index(node)];
  return pages;
}

Duration PagePlacement::move(RegionId id, NodeId from, NodeId to, std::uint64_t pages) {
  Region& region = regions_[id];
  pages = std::min(pages, region.on[index(from)]);
  if (from == to) return Duration{0};
  region.on[index(from)] -= pages;
  region.on[index(to)] += pages;
  pages_moved_ += pages;
  return Duration{static_cast<std::int64_t>(pages) * figures_.move_page_ns};
}

std::uint64_t PagePlacement::faults_on(VcpuId vcpu, NodeId node) const {
  const std::vector<std::uint64_t>& faults = samplers_[vcpu].faults_on;
  return index(node) < faults.size() ? faults[index(node)] : 0;
}

}  // namespace roost
