#include "sched/topology/granularity.hpp"

#include <map>
#include <utility>

namespace roost {

namespace {

/// The number of the part that `pcpu` lies in, among parts of that kind.
std::size_t part_of(const Topology& topology, PcpuId pcpu, Granularity granularity) {
  const PcpuPlace& place = topology.place(pcpu);
  switch (granularity) {
    case Granularity::Pcpu: return index(pcpu);
    case Granularity::Core: return place.core;
    case Granularity::Llc: return place.llc;
    case Granularity::Node: return index(place.node);
    case Granularity::Machine: return 0;
  }
  check_failed("a granularity divides a host", __FILE__, __LINE__);
}

}  // namespace

const char* name_of(Granularity granularity) {
  switch (granularity) {
    case Granularity::Pcpu: return "pcpu";
    case Granularity::Core: return "core";
    case Granularity::Llc: return "llc";
    case Granularity::Node: return "node";
    case Granularity::Machine: return "machine";
  }
  check_failed("a granularity has a name", __FILE__, __LINE__);
}

std::optional<Granularity> granularity_named(std::string_view name) {
  for (std::size_t g = 0; g < kGranularities; ++g)
    if (name == name_of(static_cast<Granularity>(g))) return static_cast<Granularity>(g);
  return std::nullopt;
}

RunqueueMap::RunqueueMap(const Topology& topology, Granularity granularity, std::span<const Cut> cuts)
    : granularity_(granularity), pcpus_(topology.pcpu_count()) {
  if (granularity == Granularity::Pcpu && cuts.empty()) return;
  IdVector<PcpuId, std::size_t> cut_of(cuts.empty() ? 0 : pcpus_);  // its number, counted from 1; 0: none
  kinds_ = IdVector<PcpuId, Granularity>(cut_of.size(), granularity);
  for (std::size_t c = 0; c < cuts.size(); ++c)
    cuts[c].pcpus.for_each([&](PcpuId pcpu) {
      cut_of[pcpu] = c + 1;
      kinds_[pcpu] = cuts[c].granularity;
    });
  std::map<std::pair<std::size_t, std::size_t>, RunqueueId> known;
  for (std::size_t p = 0; p < topology.pcpu_count(); ++p) {
    const auto pcpu = id_at<PcpuId>(p);
    const std::pair cut_and_part{cuts.empty() ? 0 : cut_of[pcpu], part_of(topology, pcpu, this->granularity(pcpu))};
    const auto [part, fresh] = known.try_emplace(cut_and_part, members_.end_id());
    if (fresh) {
      members_.push_back({});
      leads_.push_back(pcpu);
    }
    members_[part->second].insert(pcpu);
    of_.push_back(part->second);
  }
  shares_ = members_.size() < of_.size();
  if (!shares_) of_ = {}, members_ = {}, leads_ = {};
}

}  // namespace roost
