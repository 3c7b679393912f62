#include "sched/policy/catalog.hpp"

#include "sched/balance/load_balancer.hpp"
#include "sched/discipline/round_robin.hpp"
#include "sched/discipline/weighted_fair.hpp"
#include "sched/placement/last_idle_least.hpp"
#include "sched/policy/spec.hpp"

namespace roost {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// ---- constants --------------------------------------------------------------------------------------------------

constexpr ConstantInfo kRoundRobinConstants[]{
    {"slice", "how long each runs at a turn", RoundRobin::kSlice, microseconds(1), seconds(10)},
};
constexpr WeightedFairConstants kFair;
constexpr ConstantInfo kWeightedFairConstants[]{
    {"latency", "one round while few run", kFair.latency, microseconds(1), seconds(10)},
    {"slice", "the least that each runs at a turn", kFair.slice, microseconds(1), seconds(10)},
    {"granularity", "how far ahead a running vCPU must be to be preempted", kFair.granularity, {}, seconds(10)},
    {"credit", "how much a sleeper may catch up", kFair.credit, {}, seconds(10)},
};
constexpr ConstantInfo kPushConstants[]{
    {"period", "how often a pCPU looks whether it has too much", BalancerChoice::kPeriod, microseconds(10),
     seconds(100)},
};

// ---- pieces -----------------------------------------------------------------------------------------------------

constexpr PieceInfo kPieces[]{
    {PieceKind::Discipline, "round_robin", "everyone in turn, the same slice for all; no weights",
     "Silberschatz, Galvin, Gagne: Operating System Concepts", kRoundRobinConstants},
    {PieceKind::Discipline, "weighted_fair", "whoever is farthest behind its weighted share; sleepers catch up",
     "Linux 6.1 fair.c (CFS), without groups and buddies", kWeightedFairConstants},

    {PieceKind::Placement, "last_idle_least",
     "the last pCPU if idle, else the nearest idle, else the lightest", "Roost", {}},

    {PieceKind::Balance, "none", "a vCPU stays where placement put it", "Roost", {}},
    {PieceKind::Balance, "pull", "a pCPU that runs dry takes from the nearest worth the cost",
     "the cost rule R_i - R_j > C as in Zircon", {}},
    {PieceKind::Balance, "push", "a pCPU with too much gives half of the difference to the lightest",
     "Roost; damping after the theory of periodic push", kPushConstants},
    {PieceKind::Balance, "hybrid", "pull when dry and push when the period has passed", "pull and push",
     kPushConstants},
};

constexpr PresetInfo kPresets[]{
    {"roost", "the default: weighted_fair", "weighted_fair", "last_idle_least", "hybrid"},
    {"weighted_fair", "time by weight", "weighted_fair", "last_idle_least", "hybrid"},
    {"round_robin", "everyone in turn, weights ignored", "round_robin", "last_idle_least", "hybrid"},
};

// ---- how each is made -------------------------------------------------------------------------------------------

std::unique_ptr<Discipline> make_discipline(const PolicySpec& spec, std::size_t max_vcpus, std::size_t runqueues) {
  const PieceInfo& piece = *spec.discipline;
  if (piece.name == "round_robin")
    return std::make_unique<RoundRobin>(max_vcpus, runqueues, spec.constant(piece, "slice"));
  if (piece.name == "weighted_fair")
    return std::make_unique<WeightedFair>(max_vcpus, runqueues,
                                          WeightedFairConstants{.latency = spec.constant(piece, "latency"),
                                                                .slice = spec.constant(piece, "slice"),
                                                                .granularity = spec.constant(piece, "granularity"),
                                                                .credit = spec.constant(piece, "credit")});
  check_failed("every discipline of the catalog can be made", __FILE__, __LINE__);
}

std::unique_ptr<Placer> make_placer(const PolicySpec& spec, const Topology& topology) {
  if (spec.placement->name == "last_idle_least") return std::make_unique<LastIdleLeast>(topology);
  check_failed("every placement of the catalog can be made", __FILE__, __LINE__);
}

std::unique_ptr<Balancer> make_balancer(const PolicySpec& spec, const Topology& topology) {
  const PieceInfo& piece = *spec.balance;
  BalancerChoice choice{.pull = piece.name == "pull" || piece.name == "hybrid",
                        .push = piece.name == "push" || piece.name == "hybrid"};
  if (choice.push) choice.period = spec.constant(piece, "period");
  return std::make_unique<LoadBalancer>(topology, choice);
}

}  // namespace

const char* name_of(PieceKind kind) {
  switch (kind) {
    case PieceKind::Discipline: return "discipline";
    case PieceKind::Placement: return "placement";
    case PieceKind::Balance: return "balance";
  }
  check_failed("a kind of piece has a name", __FILE__, __LINE__);
}

std::span<const PresetInfo> presets() { return kPresets; }

std::span<const PieceInfo> pieces() { return kPieces; }

Result<Policy> make_policy(std::string_view text, const Topology& topology, std::size_t max_vcpus,
                           std::size_t runqueues) {
  const Result<PolicySpec> spec = parse_policy_spec(text);
  if (!spec) return spec.error();
  return Policy{.name = std::string(text),
                .discipline = make_discipline(*spec, max_vcpus, runqueues),
                .placer = make_placer(*spec, topology),
                .balancer = make_balancer(*spec, topology)};
}

}  // namespace roost
