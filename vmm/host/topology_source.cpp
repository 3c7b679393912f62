#include "vmm/host/topology_source.hpp"

#include <fmt/format.h>
#include <hwloc.h>
#include <hwloc/cpukinds.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace roost {

namespace {

constexpr std::size_t kMaxPcpus = 4096;
constexpr const char* kExample = "write levels from the outside in, such as \"node:2 l3:2 core:4 pu:2\" or \"core:4\"";

struct Destroy {
  void operator()(hwloc_topology_t topology) const { hwloc_topology_destroy(topology); }
};
using Hwloc = std::unique_ptr<std::remove_pointer_t<hwloc_topology_t>, Destroy>;

Hwloc new_hwloc() {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return nullptr;
  return Hwloc(raw);
}

/// Numbers things in the order in which they are first seen.
template <typename Key>
class Numbering {
 public:
  std::uint32_t number(const Key& key) {
    return numbers_.emplace(key, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }

 private:
  std::map<Key, std::uint32_t> numbers_;
};

/// Turns hwloc's tree, in which nodes hang beside packages or below them, into ours, in which each level lies in the
/// next. Levels are numbered together with the one around them, so that a package or cache that spans two nodes counts
/// as two.
class Reading {
 public:
  explicit Reading(hwloc_topology_t hwloc) : hwloc_(hwloc) {
    IdVector<PcpuId, PcpuPlace> places;
    for (hwloc_obj_t pu = nullptr; (pu = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_PU, pu)) != nullptr;)
      places.push_back(place_of(pu));
    places_ = std::move(places);
  }

  IdVector<PcpuId, PcpuPlace> places() && { return std::move(places_); }

  /// Nodes x nodes, scaled so that local is 10; empty where hwloc does not know them all.
  std::vector<std::uint32_t> node_distances() const {
    unsigned count = 1;
    hwloc_distances_s* table = nullptr;
    hwloc_distances_get_by_type(hwloc_, HWLOC_OBJ_NUMANODE, &count, &table, HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0);
    if (count == 0 || table == nullptr) return {};
    std::vector<std::uint32_t> distances = in_our_order(*table);
    hwloc_distances_release(hwloc_, table);
    return distances;
  }

 private:
  PcpuPlace place_of(hwloc_obj_t pu) {
    const hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(hwloc_, HWLOC_OBJ_CORE, pu);
    PcpuPlace place;
    place.host_cpu = pu->os_index;
    const std::uint32_t node = number_of_node(node_of(pu));
    place.node = id_at<NodeId>(node);
    place.package = packages_.number({node, hwloc_get_ancestor_obj_by_type(hwloc_, HWLOC_OBJ_PACKAGE, pu)});
    place.llc = llcs_.number({place.package, last_level_cache_of(pu)});
    place.core = cores_.number({place.llc, core != nullptr ? core : pu});
    if (const std::uint64_t speed = speed_of(pu); speed > 0)
      place.capacity = static_cast<std::uint32_t>(std::max<std::uint64_t>(speed * 1024 / fastest(), 1));
    return place;
  }

  /// What hwloc knows of how fast a kind of CPU is: Linux's capacity, else its greatest frequency; 0: nothing.
  std::uint64_t speed_of_kind(int kind) const {
    unsigned count = 0;
    hwloc_info_s* infos = nullptr;
    if (kind < 0 || hwloc_cpukinds_get_info(hwloc_, static_cast<unsigned>(kind), nullptr, nullptr, &count, &infos, 0))
      return 0;
    for (const std::string_view wanted : {"LinuxCapacity", "FrequencyMaxMHz"})
      for (unsigned i = 0; i < count; ++i)
        if (infos[i].name == wanted) return std::strtoull(infos[i].value, nullptr, 10) & 0xffffffff;
    return 0;
  }
  std::uint64_t speed_of(hwloc_obj_t pu) const {
    return speed_of_kind(hwloc_cpukinds_get_by_cpuset(hwloc_, pu->cpuset, 0));
  }
  std::uint64_t fastest() const {
    std::uint64_t fastest = 1;
    for (int kind = 0; kind < hwloc_cpukinds_get_nr(hwloc_, 0); ++kind)
      fastest = std::max(fastest, speed_of_kind(kind));
    return fastest;
  }

  /// The first node, in hwloc's order, that this CPU is local to (a second one may be its high-bandwidth memory).
  hwloc_obj_t node_of(hwloc_obj_t pu) const {
    for (hwloc_obj_t node = nullptr;
         (node = hwloc_get_next_obj_by_type(hwloc_, HWLOC_OBJ_NUMANODE, node)) != nullptr;)
      if (hwloc_bitmap_isincluded(pu->cpuset, node->cpuset)) return node;
    return nullptr;
  }

  /// The outermost cache; null, the same for all of a package, where none is known.
  static hwloc_obj_t last_level_cache_of(hwloc_obj_t pu) {
    hwloc_obj_t last = nullptr;
    for (hwloc_obj_t above = pu->parent; above != nullptr; above = above->parent)
      if (hwloc_obj_type_is_dcache(above->type)) last = above;
    return last;
  }

  std::uint32_t number_of_node(hwloc_obj_t node) {
    const std::uint32_t number = nodes_.number(node);
    if (number == node_objects_.size()) node_objects_.push_back(node);
    return number;
  }

  std::vector<std::uint32_t> in_our_order(hwloc_distances_s& table) const {
    std::vector<std::uint32_t> distances;
    for (const hwloc_obj_t from : node_objects_)
      for (const hwloc_obj_t to : node_objects_) {
        hwloc_uint64_t there = 0, back = 0, local = 0, unused = 0;
        if (from == nullptr || to == nullptr) return {};
        if (hwloc_distances_obj_pair_values(&table, from, to, &there, &back) != 0) return {};
        if (hwloc_distances_obj_pair_values(&table, from, from, &local, &unused) != 0 || local == 0) return {};
        distances.push_back(static_cast<std::uint32_t>(there * 10 / local));
      }
    return distances;
  }

  hwloc_topology_t hwloc_;
  IdVector<PcpuId, PcpuPlace> places_;
  Numbering<hwloc_obj_t> nodes_;
  std::vector<hwloc_obj_t> node_objects_;  // by number
  Numbering<std::pair<std::uint32_t, hwloc_obj_t>> packages_, llcs_, cores_;
};

Result<Topology> read(const Hwloc& hwloc, std::string_view what) {
  const int pcpus = hwloc_get_nbobjs_by_type(hwloc.get(), HWLOC_OBJ_PU);
  if (pcpus <= 0) return Error{fmt::format("{}: it has no CPU", what)};
  if (static_cast<std::size_t>(pcpus) > kMaxPcpus)
    return Error{fmt::format("{}: {} CPUs are more than {}; describe a smaller host", what, pcpus, kMaxPcpus)};
  Reading reading(hwloc.get());
  std::vector<std::uint32_t> distances = reading.node_distances();
  return Topology(std::move(reading).places(), std::move(distances));
}

struct Level {
  std::string_view type;  // empty: a bare count, which hwloc takes for the level that it expects there
  std::size_t count = 1;
};

/// "l3:2(size=1MB)": a type, a count, attributes that only hwloc reads. A memory level, "[numa]", stands alone.
std::optional<Level> parse_level(std::string_view word) {
  if (word.front() == '[') return Level{.type = word, .count = 1};
  const std::size_t colon = word.find(':');
  Level level{.type = colon == std::string_view::npos ? "" : word.substr(0, colon), .count = 0};
  const std::string_view count = colon == std::string_view::npos ? word : word.substr(colon + 1);
  const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), level.count);
  const bool ends = end == count.data() + count.size() || *end == '(';
  if (error != std::errc{} || !ends || level.count == 0) return std::nullopt;
  return level;
}

bool known(std::string_view type) {
  hwloc_obj_type_t parsed;
  return type.empty() || type.front() == '[' || hwloc_type_sscanf(std::string(type).c_str(), &parsed, nullptr, 0) == 0;
}

/// The text as hwloc wants it. Looked at first, because hwloc would build any number of CPUs, and says only "no".
Result<std::string> checked_synthetic(std::string_view text) {
  std::string checked;
  std::size_t pcpus = 1;
  Level last;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (word.empty()) continue;
    const std::optional<Level> level = parse_level(word);
    if (!level)
      return Error{fmt::format("topology \"{}\": \"{}\" is no level with a count; {}", text, word, kExample)};
    if (!known(level->type))
      return Error{fmt::format("topology \"{}\": hwloc knows no level \"{}\"; {}", text, level->type, kExample)};
    if (level->count > kMaxPcpus || (pcpus *= level->count) > kMaxPcpus)
      return Error{fmt::format("topology \"{}\": more than {} CPUs; {}", text, kMaxPcpus, kExample)};
    checked += fmt::format("{}{}", checked.empty() ? "" : " ", word);
    last = *level;
  }
  if (checked.empty()) return Error{fmt::format("topology \"{}\": it is empty; {}", text, kExample)};
  if (!last.type.empty() && last.type != "pu" && last.type != "PU") checked += " pu:1";
  return checked;
}

Result<Topology> synthetic_topology(std::string_view text) {
  const Result<std::string> checked = checked_synthetic(text);
  if (!checked) return checked.error();
  const Hwloc hwloc = new_hwloc();
  if (!hwloc || hwloc_topology_set_synthetic(hwloc.get(), checked->c_str()) != 0 ||
      hwloc_topology_load(hwloc.get()) != 0)
    return Error{fmt::format("topology \"{}\": hwloc refuses this order of levels; {}", text, kExample)};
  return read(hwloc, fmt::format("topology \"{}\"", text));
}

Result<Topology> exported_topology(const std::string& path) {
  if (!std::ifstream(path).good())
    return Error{fmt::format("topology {}: cannot open this file; export one with: lstopo {}", path, path)};
  const Hwloc hwloc = new_hwloc();
  if (!hwloc || hwloc_topology_set_xml(hwloc.get(), path.c_str()) != 0 || hwloc_topology_load(hwloc.get()) != 0)
    return Error{fmt::format("topology {}: hwloc cannot read this XML; export one with: lstopo {}", path, path)};
  return read(hwloc, fmt::format("topology {}", path));
}

}  // namespace

Result<Topology> live_topology() {
  const Hwloc hwloc = new_hwloc();
  // What the administrator's cgroup leaves out is left out by default; this leaves out what our own affinity does.
  constexpr unsigned long kOurs = HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING | HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM;
  if (!hwloc || hwloc_topology_set_flags(hwloc.get(), kOurs) != 0 || hwloc_topology_load(hwloc.get()) != 0)
    return Error{fmt::format("this host: hwloc cannot read its topology; describe one with --topology, and {}",
                             kExample)};
  return read(hwloc, "this host");
}

Result<Topology> described_topology(std::string_view text) {
  return text.ends_with(".xml") ? exported_topology(std::string(text)) : synthetic_topology(text);
}

}  // namespace roost
