#include "vmm/host/topology_source.hpp"

#include <fmt/format.h>
#include <hwloc.h>
#include <hwloc/cpukinds.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "vmm/host/export_look.hpp"

namespace roost {

namespace {

constexpr std::size_t kMaxPcpus = 4096;
constexpr std::size_t kMostXml = 64 << 20;
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

/// What hwloc tells of a kind of CPU under that name; nothing, if that is no number above 0.
std::optional<std::uint32_t> figure_of_kind(hwloc_topology_t hwloc, unsigned kind, std::string_view wanted) {
  unsigned count = 0;
  hwloc_info_s* infos = nullptr;
  if (hwloc_cpukinds_get_info(hwloc, kind, nullptr, nullptr, &count, &infos, 0) != 0) return std::nullopt;
  for (unsigned i = 0; i < count; ++i) {
    const std::string_view text = infos[i].value;
    std::uint32_t figure = 0;
    if (infos[i].name == wanted && std::from_chars(text.data(), text.data() + text.size(), figure).ec == std::errc{} &&
        figure > 0)
      return figure;
  }
  return std::nullopt;
}

/// How fast each kind of CPU is, in one unit for all; empty: hwloc does not know.
std::vector<std::uint32_t> speeds_of_kinds(hwloc_topology_t hwloc) {
  const auto kinds = static_cast<unsigned>(std::max(hwloc_cpukinds_get_nr(hwloc, 0), 0));
  std::vector<std::uint32_t> speeds;
  for (const std::string_view wanted : {"LinuxCapacity", "FrequencyMaxMHz", "FrequencyBaseMHz"}) {
    speeds.clear();
    for (unsigned kind = 0; kind < kinds; ++kind)
      if (const auto figure = figure_of_kind(hwloc, kind, wanted)) speeds.push_back(*figure);
    if (speeds.size() == kinds) return speeds;
  }
  speeds.clear();
  for (unsigned kind = 0; kind < kinds; ++kind) {  // what hwloc calls efficiency: from 0, the slowest
    int rank = -1;
    if (hwloc_cpukinds_get_info(hwloc, kind, nullptr, &rank, nullptr, nullptr, 0) != 0 || rank < 0) return {};
    speeds.push_back(static_cast<std::uint32_t>(rank) + 1);
  }
  return speeds;
}

/// Turns hwloc's tree, in which nodes hang beside packages or below them, into ours, in which each level lies in the
/// next. Levels are numbered together with the one around them, so that a package or cache that spans two nodes counts
/// as two.
class Reading {
 public:
  explicit Reading(hwloc_topology_t hwloc) : hwloc_(hwloc), speeds_(speeds_of_kinds(hwloc)) {
    IdVector<PcpuId, PcpuPlace> places;
    for (hwloc_obj_t pu = nullptr; (pu = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_PU, pu)) != nullptr;)
      places.push_back(place_of(pu));
    places_ = std::move(places);
  }

  const IdVector<PcpuId, PcpuPlace>& places() const { return places_; }

  std::vector<HostNode> nodes() const {
    std::vector<HostNode> nodes;
    for (hwloc_obj_t node = nullptr;
         (node = hwloc_get_next_obj_by_type(hwloc_, HWLOC_OBJ_NUMANODE, node)) != nullptr;) {
      HostNode& one = nodes.emplace_back();
      one.host_node = node->os_index;
      one.bytes = node->attr->numanode.local_memory;
      const auto own = std::ranges::find(node_objects_, node);
      if (own != node_objects_.end()) one.node = id_at<NodeId>(static_cast<std::size_t>(own - node_objects_.begin()));
      else one.beside = node_of_cpus(node->cpuset);
    }
    return nodes;
  }

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
    const int kind = hwloc_cpukinds_get_by_cpuset(hwloc_, pu->cpuset, 0);
    if (kind >= 0 && static_cast<std::size_t>(kind) < speeds_.size())
      place.capacity = capacity_of(speeds_[static_cast<std::size_t>(kind)]);
    return place;
  }

  std::uint32_t capacity_of(std::uint64_t speed) const {
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(speed * 1024 / *std::ranges::max_element(speeds_), 1));
  }

  /// The first node, in hwloc's order, that this CPU is local to (a second one may be its high-bandwidth memory).
  hwloc_obj_t node_of(hwloc_obj_t pu) const {
    for (hwloc_obj_t node = nullptr;
         (node = hwloc_get_next_obj_by_type(hwloc_, HWLOC_OBJ_NUMANODE, node)) != nullptr;)
      if (hwloc_bitmap_isincluded(pu->cpuset, node->cpuset)) return node;
    return nullptr;
  }

  /// Of all CPUs in `cpus`, if they have one.
  std::optional<NodeId> node_of_cpus(hwloc_const_cpuset_t cpus) const {
    std::optional<NodeId> found;
    for (std::size_t p = 0; p < places_.size(); ++p) {
      const PcpuPlace& place = places_[id_at<PcpuId>(p)];
      if (!hwloc_bitmap_isset(cpus, place.host_cpu)) continue;
      if (found && *found != place.node) return std::nullopt;
      found = place.node;
    }
    return found;
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
  std::vector<std::uint32_t> speeds_;  // by kind of CPU
  IdVector<PcpuId, PcpuPlace> places_;
  Numbering<hwloc_obj_t> nodes_;
  std::vector<hwloc_obj_t> node_objects_;  // by number
  Numbering<std::pair<std::uint32_t, hwloc_obj_t>> packages_, llcs_, cores_;
};

Result<DescribedHost> read(const Hwloc& hwloc, std::string_view what) {
  const int pcpus = hwloc_get_nbobjs_by_type(hwloc.get(), HWLOC_OBJ_PU);
  if (pcpus <= 0) return Error{fmt::format("{}: it has no CPU", what)};
  if (static_cast<std::size_t>(pcpus) > kMaxPcpus)
    return Error{fmt::format("{}: {} CPUs are more than {}; describe a smaller host", what, pcpus, kMaxPcpus)};
  const Reading reading(hwloc.get());
  return DescribedHost{Topology(reading.places(), reading.node_distances()), reading.nodes()};
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

/// What others call a level that hwloc has.
std::string_view hwloc_name_of(std::string_view type) {
  using Names = std::pair<std::string_view, std::string_view>;
  constexpr std::array<Names, 7> kNames{{{"llc", "l3"}, {"ccx", "l3"}, {"cache", "l3"}, {"cpu", "pu"},
                                         {"pcpu", "pu"}, {"smt", "pu"}, {"thread", "pu"}}};
  const auto found = std::ranges::find(kNames, type, &Names::first);
  return found == kNames.end() ? "" : found->second;
}

bool known(std::string_view type) {
  hwloc_obj_type_t parsed;
  return type.empty() || type.front() == '[' || hwloc_type_sscanf(std::string(type).c_str(), &parsed, nullptr, 0) == 0;
}

Error unknown_level(std::string_view text, std::string_view type) {
  const std::string_view meant = hwloc_name_of(type);
  const std::string of_hwloc = meant.empty() ? "" : fmt::format(", it calls that \"{}\"", meant);
  return Error{fmt::format("topology \"{}\": hwloc knows no level \"{}\"{}; {}", text, type, of_hwloc, kExample)};
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
    if (!known(level->type)) return unknown_level(text, level->type);
    if (level->count > kMaxPcpus || (pcpus *= level->count) > kMaxPcpus)
      return Error{fmt::format("topology \"{}\": more than {} CPUs; {}", text, kMaxPcpus, kExample)};
    checked += fmt::format("{}{}", checked.empty() ? "" : " ", word);
    last = *level;
  }
  if (checked.empty()) return Error{fmt::format("topology \"{}\": it is empty; {}", text, kExample)};
  if (!last.type.empty() && last.type != "pu" && last.type != "PU") checked += " pu:1";
  return checked;
}

Result<DescribedHost> synthetic_host(std::string_view text) {
  const Result<std::string> checked = checked_synthetic(text);
  std::error_code unknown;
  if (!checked && std::filesystem::is_regular_file(text, unknown))
    return Error{fmt::format("topology {}: a file is taken for hwloc's XML if its name ends in .xml", text)};
  if (!checked) return checked.error();
  const Hwloc hwloc = new_hwloc();
  if (!hwloc || hwloc_topology_set_synthetic(hwloc.get(), checked->c_str()) != 0 ||
      hwloc_topology_load(hwloc.get()) != 0)
    return Error{fmt::format("topology \"{}\": hwloc refuses this order of levels; {}", text, kExample)};
  return read(hwloc, fmt::format("topology \"{}\"", text));
}

Result<DescribedHost> exported_host(const std::string& path) {
  const auto refused = [&](std::string_view why) {
    return Error{fmt::format("topology {}: {}; export one with: lstopo FILE.xml", path, why)};
  };
  std::error_code unknown;
  std::ifstream file(path);
  if (!file.good()) return refused("cannot open this file");
  if (!std::filesystem::is_regular_file(path, unknown)) return refused("this is no regular file");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string xml = std::move(text).str();
  if (xml.size() > kMostXml) return refused("this is more than 64 MiB");
  const ExportLook look = look_at_export(xml);
  if (!look.fault.empty()) return refused(look.fault);
  const Hwloc hwloc = new_hwloc();
  const auto size = static_cast<int>(xml.size()) + 1;  // with the final 0
  if (!hwloc || hwloc_topology_set_xmlbuffer(hwloc.get(), xml.c_str(), size) != 0 ||
      hwloc_topology_load(hwloc.get()) != 0)
    return refused(look.doubt);
  return read(hwloc, fmt::format("topology {}", path));
}

Result<Topology> topology_of(const Result<DescribedHost>& host) {
  if (!host) return host.error();
  return host->topology;
}

}  // namespace

Result<DescribedHost> live_host() {
  const Hwloc hwloc = new_hwloc();
  // What the administrator's cgroup leaves out is left out by default; this leaves out what our own affinity does.
  constexpr unsigned long kOurs = HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING | HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM;
  if (!hwloc || hwloc_topology_set_flags(hwloc.get(), kOurs) != 0 || hwloc_topology_load(hwloc.get()) != 0)
    return Error{fmt::format("this host: hwloc cannot read its topology; describe one with --topology, and {}",
                             kExample)};
  return read(hwloc, "this host");
}

bool names_export(std::string_view name) {
  constexpr std::string_view kXml = ".xml";
  const auto same = [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b); };
  return name.size() >= kXml.size() && std::ranges::equal(name.substr(name.size() - kXml.size()), kXml, same);
}

Result<DescribedHost> described_host(std::string_view text) {
  return names_export(text) ? exported_host(std::string(text)) : synthetic_host(text);
}

Result<Topology> live_topology() { return topology_of(live_host()); }
Result<Topology> described_topology(std::string_view text) { return topology_of(described_host(text)); }

}  // namespace roost
