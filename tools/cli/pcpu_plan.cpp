#include "tools/cli/pcpu_plan.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/cli/quantities.hpp"

namespace roost {
namespace {

constexpr std::uint32_t kMostPcpus = 4096;

/// Old numbers to dense new ones, in the order of the old.
class Renumbering {
 public:
  void saw(std::uint32_t old) { numbers_.try_emplace(old, 0); }
  void settle() {
    std::uint32_t next = 0;
    for (auto& [old, number] : numbers_) number = next++;
  }
  std::uint32_t of(std::uint32_t old) const { return numbers_.at(old); }
  const std::map<std::uint32_t, std::uint32_t>& all() const { return numbers_; }

 private:
  std::map<std::uint32_t, std::uint32_t> numbers_;
};

std::uint32_t number(NodeId node) { return static_cast<std::uint32_t>(node); }

std::optional<PcpuId> on_host_cpu(const Topology& host, std::uint32_t cpu) {
  for (std::size_t i = 0; i < host.pcpu_count(); ++i)
    if (host.place(id_at<PcpuId>(i)).host_cpu == cpu) return id_at<PcpuId>(i);
  return std::nullopt;
}

std::vector<std::uint32_t> host_cpus_of(const Topology& host) {
  std::vector<std::uint32_t> cpus;
  for (std::size_t i = 0; i < host.pcpu_count(); ++i) cpus.push_back(host.place(id_at<PcpuId>(i)).host_cpu);
  return cpus;
}

/// The asked-for host CPUs as pCPUs of the host, or all of them.
Result<std::vector<PcpuId>> chosen_of_host(const PcpuRequest& request, const Topology& host) {
  std::vector<PcpuId> chosen;
  for (const std::uint32_t cpu : request.host_cpus) {
    const auto found = on_host_cpu(host, cpu);
    if (!found)
      return Error{fmt::format("--pcpus: host CPU {} is not there; this process may use {}", cpu,
                               fmt::join(host_cpus_of(host), ","))};
    chosen.push_back(*found);
  }
  if (chosen.empty())
    for (std::size_t i = 0; i < host.pcpu_count(); ++i) chosen.push_back(id_at<PcpuId>(i));
  return chosen;
}

/// The first `count` in turn, over and over.
std::vector<PcpuId> in_turn(const std::vector<PcpuId>& pcpus, std::size_t count) {
  std::vector<PcpuId> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(pcpus[i % pcpus.size()]);
  return out;
}

void note_sharing(PcpuPlan& plan) {
  const std::vector<std::uint32_t> cpus = host_cpus_of(plan.topology);
  const std::size_t distinct = std::set<std::uint32_t>(cpus.begin(), cpus.end()).size();
  if (distinct < cpus.size())
    plan.notes.push_back(fmt::format("{} pCPUs take turns on {} host CPU{}: times are then the host scheduler's as "
                                     "much as ours", cpus.size(), distinct, distinct == 1 ? "" : "s"));
}

/// Described places, pinned to real CPUs in turn.
Topology pinned(const Topology& described, std::size_t count, const Topology& host, std::span<const PcpuId> on) {
  std::vector<PcpuId> first;
  for (std::size_t i = 0; i < count; ++i) first.push_back(id_at<PcpuId>(i));
  const Topology part = part_of(described, first);
  IdVector<PcpuId, PcpuPlace> places;
  std::vector<std::uint32_t> distances;
  for (std::size_t i = 0; i < count; ++i) {
    places.push_back(part.place(id_at<PcpuId>(i)));
    places[id_at<PcpuId>(i)].host_cpu = host.place(on[i % on.size()]).host_cpu;
  }
  for (std::size_t from = 0; from < part.node_count(); ++from)
    for (std::size_t to = 0; to < part.node_count(); ++to)
      distances.push_back(part.node_distance(id_at<NodeId>(from), id_at<NodeId>(to)));
  return Topology(std::move(places), std::move(distances));
}

}  // namespace

Result<PcpuRequest> parse_pcpu_request(std::string_view text) {
  const bool marked = text.starts_with("cpu:");
  if (!marked && text.find_first_of(",-;") == text.npos) {
    const auto count = parse_number("--pcpus", text, {1, kMostPcpus});
    if (!count) return Error{count.error().sentence + ", nor a list of host CPUs such as 0,2-3 or cpu:2"};
    return PcpuRequest{.count = static_cast<std::uint32_t>(*count), .host_cpus = {}};
  }
  auto list = parse_id_list("--pcpus", marked ? text.substr(4) : text);
  if (!list) return list.error();
  return PcpuRequest{.count = std::nullopt, .host_cpus = std::move(*list)};
}

Topology part_of(const Topology& whole, std::span<const PcpuId> chosen) {
  Renumbering nodes, packages, llcs, cores;
  for (const PcpuId p : chosen) {
    const PcpuPlace& place = whole.place(p);
    nodes.saw(number(place.node));
    packages.saw(place.package);
    llcs.saw(place.llc);
    cores.saw(place.core);
  }
  for (Renumbering* numbers : {&nodes, &packages, &llcs, &cores}) numbers->settle();
  IdVector<PcpuId, PcpuPlace> places;
  for (const PcpuId p : chosen) {
    PcpuPlace place = whole.place(p);
    place.node = NodeId{nodes.of(number(place.node))};
    place.package = packages.of(place.package);
    place.llc = llcs.of(place.llc);
    place.core = cores.of(place.core);
    places.push_back(place);
  }
  std::vector<std::uint32_t> distances;
  for (const auto& [from, new_from] : nodes.all())
    for (const auto& [to, new_to] : nodes.all()) distances.push_back(whole.node_distance(NodeId{from}, NodeId{to}));
  return Topology(std::move(places), std::move(distances));
}

Result<PcpuPlan> plan_pcpus(const PcpuRequest& request, const Topology* described, const Topology& host) {
  const auto on = chosen_of_host(request, host);
  if (!on) return on.error();
  PcpuPlan plan;
  if (described == nullptr) {
    plan.topology = part_of(host, request.count ? in_turn(*on, *request.count) : *on);
  } else {
    const std::size_t count = request.count.value_or(static_cast<std::uint32_t>(described->pcpu_count()));
    if (count > described->pcpu_count())
      return Error{fmt::format("--pcpus {} asks for more than the {} pCPUs that --topology describes", count,
                               described->pcpu_count())};
    plan.topology = pinned(*described, count, host, *on);
    plan.notes.push_back(fmt::format("places are as described, not the host's; pCPUs are pinned to host CPUs {}",
                                     fmt::join(host_cpus_of(plan.topology), ",")));
  }
  note_sharing(plan);
  return plan;
}

}  // namespace roost
