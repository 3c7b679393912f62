#include "vmm/executor/cost_model.hpp"

#include <charconv>
#include <vector>

#include "sched/policy/nearest_name.hpp"
#include "sched/policy/spec.hpp"

namespace roost {

namespace {

constexpr std::string_view kCores = "core-to-core measurements of public servers";
constexpr std::string_view kGhost = "ghOSt (SOSP 2021), table of scheduling costs";
constexpr std::string_view kCaches = "published latencies of Rome, Haswell-EP and Sapphire Rapids";
constexpr std::string_view kNumaBalancing = "Linux automatic NUMA balancing";
constexpr std::string_view kCommon = "common server cores, 2017 to 2023";
constexpr std::string_view kPackage = "Xeon Platinum 8480+: 350 W over 112 threads";
constexpr std::string_view kIdle = "Linux intel_idle, Sapphire Rapids table";

// In the order of Cost.
constexpr std::array<CostInfo, kCosts> kTable{{
    {"switch", "ns", 1200, 0, 4000, "one vCPU leaves a pCPU and another comes, direct part", kGhost},
    {"vm_exit", "ns", 700, 0, 1500, "exit from a guest and entry again", "KVM, external-interrupt exits (0c5f81da)"},
    {"lock.hold", "ns", 60, 0, 1000, "one runqueue operation under its lock", "measured on Roost's own dispatcher"},
    {"line.smt", "ns", 8, 0, 1000, "a cache line from an SMT sibling", kCores},
    {"line.llc", "ns", 22, 0, 1000, "a cache line from a core of the same LLC", kCores},
    {"line.package", "ns", 105, 0, 2000, "a cache line from another LLC of the package", kCores},
    {"line.node", "ns", 105, 0, 2000, "a cache line from another package of the node", kCores},
    {"line.remote", "ns", 135, 0, 5000, "a cache line from another node", kCores},
    {"load.read", "ns", 2, 0, 1000, "a published load that is in this pCPU's cache", "L1 and L2 hits, 1.2 to 4 ns"},
    {"ipi.send", "ns", 100, 0, 10000, "an IPI, for its sender", "x2APIC write, Linux measurements"},
    {"ipi.llc", "ns", 1000, 0, 100000, "an IPI until its handler runs, same LLC", kGhost},
    {"ipi.package", "ns", 1000, 0, 100000, "an IPI until its handler runs, same package", kGhost},
    {"ipi.node", "ns", 1100, 0, 100000, "an IPI until its handler runs, same node", kGhost},
    {"ipi.remote", "ns", 1800, 0, 100000, "an IPI until its handler runs, another node", kGhost},
    {"wake.shallow", "ns", 1000, 0, 100000, "exit from a shallow idle state", kIdle},
    {"wake.deep", "ns", 50000, 0, 1000000, "exit from a deep idle state", kIdle},
    {"idle.deep_after", "ns", 800000, 0, 1000000000, "residency from which a sleep is a deep one", kIdle},
    {"tick.every", "ns", 0, 0, 1000000000, "a busy pCPU's tick; 0: none, as on Roost's own pCPUs",
     "4 ms: Linux at 250 Hz; 30 ms / 3: Xen's credit"},
    {"tick.cost", "ns", 2000, 0, 1000000, "a tick, for whoever runs there; half of its period at most",
     "assumed: an interrupt and its books, 1 to 5 us"},
    {"power.busy", "mW", 3100, 0, 1000000, "a pCPU that runs somebody, or decides", kPackage},
    {"power.poll", "mW", 2000, 0, 1000000, "one that polls with nothing to run",
     "assumed: two thirds of busy; a pause keeps the front end running"},
    {"power.shallow", "mW", 1000, 0, 1000000, "one in a shallow idle state",
     "assumed: a third of busy; its clock stands still, it leaks on (C1)"},
    {"power.deep", "mW", 100, 0, 1000000, "one in a deep idle state", "assumed: its core is switched off (C6)"},
    {"smt.share", "1/1024", 635, 256, 1024, "speed of each of two busy SMT siblings", "0.62 of a core each"},
    {"load.age", "ns", 0, 0, 1000000000, "age of published loads when they are read", "a knob: 0 is the freshest"},
    {"instruction", "ps", 500, 50, 1000000, "one instruction of a guest's hart", "assumed: 2 GHz, one a cycle"},
    {"cache.l2", "KiB", 1024, 64, 65536, "private cache of a core", "common servers: 0.5 to 2 MiB"},
    {"cache.llc", "KiB", 32768, 256, 4194304, "shared cache of an LLC", "a CCX: 16 to 32 MiB; a mesh: to 480 MiB"},
    {"cache.ways", "ways", 0, 0, 32, "associativity under LRU; 0: random replacement", "0 is exact in the sums"},
    {"cache.dirty", "1/1024", 307, 0, 1024, "of lines left in another LLC, what must come from it",
     "assumed: three in ten are modified"},
    {"hit.l2", "ns", 4, 1, 100, "a line from the private cache", kCaches},
    {"hit.llc", "ns", 15, 5, 200, "a line from the shared cache", kCaches},
    {"dram.local", "ns", 110, 40, 150, "a line from memory of the same node", kCaches},
    {"dram.remote", "ns", 190, 150, 2000, "a line from memory of the farthest node", "1.6 to 2.1 times local"},
    {"dram.parallel", "misses", 4, 1, 16, "cache misses in flight at once", "1 is a pointer chase, 10 a stream"},
    {"guest.caches", "0 or 1", 1, 0, 1, "of guests' harts: 1: tags and coherence; 0: `instruction` is all they take",
     "the model of vmm/caches"},
    {"cache.l1i", "KiB", 32, 4, 1024, "code cache of a core, for guests' harts", kCommon},
    {"cache.l1d", "KiB", 32, 4, 1024, "data cache of a core, for guests' harts", kCommon},
    {"cache.l1_ways", "ways", 8, 1, 64, "of both of these, at least", kCommon},
    {"cache.l2_ways", "ways", 16, 1, 64, "of cache.l2, for guests' harts, at least", kCommon},
    {"cache.llc_ways", "ways", 16, 1, 64, "of cache.llc, for guests' harts, at least", kCommon},
    {"tlb.entries", "pages", 1536, 64, 65536, "data TLB of a core, second level, for guests' harts", kCommon},
    {"tlb.ways", "ways", 12, 1, 64, "of it, at least", kCommon},
    {"tlb.walk", "ns", 30, 0, 1000, "a walk of guest and host page tables",
     "three times one stage; Bhargava (2008): up to 24 reads"},
    {"page.move", "ns", 3000, 100, 100000, "a 4 KiB page to another node", "Nimble (ASPLOS 2019): 2 to 8 us"},
    {"page.hint_fault", "ns", 1200, 100, 100000, "the first touch of a page that was marked", kNumaBalancing},
    {"numa.scan", "ns", 0, 0, 60000000000, "work of a vCPU between two markings of pages; 0: none", kNumaBalancing},
    {"numa.scan_size", "MiB", 256, 1, 65536, "memory that is marked at a time", kNumaBalancing},
    {"numa.moves", "0 or 1", 0, 0, 1, "1: a page moves to the node of its last two samples", kNumaBalancing},
    {"node.memory", "MiB", 65536, 1, 67108864, "memory of each node", "common servers: 64 GiB to 1 TiB"},
}};

constexpr std::array<CostAlias, 2> kAliases{{
    {"ipi.cross_socket", {Cost::IpiNode, Cost::IpiRemote}, "between sockets, of one node or of two"},
    {"line.cross_socket", {Cost::LineNode, Cost::LineRemote}, "between sockets, of one node or of two"},
}};

constexpr std::string_view kFree = "free";

const CostInfo& info_of(Cost cost) { return kTable[static_cast<std::size_t>(cost)]; }

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t figure = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), figure);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return figure;
}

/// A span of time in ns; a bare number lacks its unit.
Result<std::int64_t> span_of(std::string_view text, const CostInfo& info) {
  if (text == "0") return 0;
  if (const auto number = whole_number(text)) {
    const std::string digits(text);
    const std::string longer = *number <= info.most / 1000 ? digits + "us or " : "";
    return Error{"the unit is missing; write " + longer + digits + "ns"};
  }
  const auto span = parse_duration(text);
  if (!span) return span.error();
  return nanoseconds(*span);
}

Result<std::int64_t> number_of(std::string_view text, const CostInfo& info) {
  if (const auto number = whole_number(text)) return *number;
  return Error{"'" + std::string(text) + "' is no whole number; its unit, which is not written, is " +
               std::string(info.unit)};
}

/// In the figure's own unit, within its range.
Result<std::int64_t> figure_of(std::string_view text, const CostInfo& info) {
  const auto figure = info.unit == "ns" ? span_of(text, info) : number_of(text, info);
  if (!figure || (*figure >= info.least && *figure <= info.most)) return figure;
  return Error{"the value must lie in " + cost_text(info.unit, info.least) + " .. " +
               cost_text(info.unit, info.most)};
}

/// The figures that `name` sets; none if there is no such name.
std::vector<Cost> named(std::string_view name) {
  for (const CostAlias& alias : kAliases)
    if (alias.name == name) return {alias.sets.begin(), alias.sets.end()};
  for (std::size_t i = 0; i < kCosts; ++i)
    if (kTable[i].name == name) return {static_cast<Cost>(i)};
  return {};
}

Error no_such_cost(std::string_view name) {
  std::vector<std::string_view> known;
  for (const CostInfo& info : kTable) known.push_back(info.name);
  for (const CostAlias& alias : kAliases) known.push_back(alias.name);
  known.push_back(kFree);
  return Error{"there is no cost '" + std::string(name) + "'; " + suggestion(name, known) +
               " ('roost costs' lists them)"};
}

}  // namespace

std::string cost_text(std::string_view unit, std::int64_t figure) {
  const std::string digits = std::to_string(figure);
  if (unit == "ns") return figure == 0 ? digits : to_text(Duration(figure));
  if (unit == "0 or 1") return digits;
  return unit.starts_with("1/") ? digits + std::string(unit.substr(1)) : digits + " " + std::string(unit);
}

CostModel::CostModel() {
  for (std::size_t i = 0; i < kCosts; ++i) figures_[i] = kTable[i].usual;
}

std::span<const CostInfo> CostModel::table() { return kTable; }

std::span<const CostAlias> CostModel::aliases() { return kAliases; }

std::optional<Error> CostModel::set(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string_view name = assignment.substr(0, equals);
  if (equals == std::string_view::npos)
    return Error{"cost '" + std::string(name) + "' has no value; write name=value, as in ipi.remote=3us"};
  if (name == kFree) return set_free(assignment.substr(equals + 1));
  const std::vector<Cost> costs = named(name);
  if (costs.empty()) return no_such_cost(name);
  const auto figure = figure_of(assignment.substr(equals + 1), info_of(costs.front()));
  if (!figure) return Error{"cost " + std::string(assignment) + ": " + figure.error().sentence};
  for (const Cost cost : costs) figures_[static_cast<std::size_t>(cost)] = *figure;
  return std::nullopt;
}

std::optional<Error> CostModel::set_free(std::string_view how) {
  if (how != "1") return Error{"cost free=" + std::string(how) + ": free=1 is what there is; leave it out for prices"};
  for (std::size_t i = 0; i < kCosts; ++i)
    if (kTable[i].unit == "ns" && kTable[i].least == 0) figures_[i] = 0;
  figures_[static_cast<std::size_t>(Cost::SmtShare)] = info_of(Cost::SmtShare).most;
  return std::nullopt;
}

Duration CostModel::line(Distance distance) const {
  switch (distance) {
    case Distance::Same: return Duration{0};
    case Distance::Smt: return of(Cost::LineSmt);
    case Distance::Llc: return of(Cost::LineLlc);
    case Distance::Package: return of(Cost::LinePackage);
    case Distance::Node: return of(Cost::LineNode);
    default: return of(Cost::LineRemote);
  }
}

Duration CostModel::ipi(Distance distance) const {
  switch (distance) {
    case Distance::Package: return of(Cost::IpiPackage);
    case Distance::Node: return of(Cost::IpiNode);
    case Distance::Remote: return of(Cost::IpiRemote);
    default: return of(Cost::IpiLlc);
  }
}

}  // namespace roost
