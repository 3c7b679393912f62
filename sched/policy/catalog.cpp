#include "sched/policy/catalog.hpp"

#include "sched/balance/domain_balancer.hpp"
#include "sched/balance/epoch_balancer.hpp"
#include "sched/balance/load_balancer.hpp"
#include "sched/balance/proxy_balancer.hpp"
#include "sched/discipline/cfs.hpp"
#include "sched/discipline/credit.hpp"
#include "sched/discipline/credit2.hpp"
#include "sched/discipline/edf.hpp"
#include "sched/discipline/eevdf.hpp"
#include "sched/discipline/fifo.hpp"
#include "sched/discipline/lottery.hpp"
#include "sched/discipline/mlfq.hpp"
#include "sched/discipline/priority_arrays.hpp"
#include "sched/discipline/round_robin.hpp"
#include "sched/discipline/rtds.hpp"
#include "sched/discipline/sjf.hpp"
#include "sched/discipline/solaris_ts.hpp"
#include "sched/discipline/static_table.hpp"
#include "sched/discipline/stcf.hpp"
#include "sched/discipline/stride.hpp"
#include "sched/discipline/ule.hpp"
#include "sched/discipline/weighted_fair.hpp"
#include "sched/discipline/windows_nt.hpp"
#include "sched/idle/adaptive_poll.hpp"
#include "sched/idle/fixed_wait.hpp"
#include "sched/numa/follow_memory.hpp"
#include "sched/placement/anti_stacking.hpp"
#include "sched/placement/energy_aware.hpp"
#include "sched/placement/idle_first.hpp"
#include "sched/placement/last_idle_least.hpp"
#include "sched/placement/last_pcpu.hpp"
#include "sched/placement/least_loaded.hpp"
#include "sched/placement/null.hpp"
#include "sched/placement/numa_home.hpp"
#include "sched/placement/pack.hpp"
#include "sched/placement/random.hpp"
#include "sched/placement/round_robin.hpp"
#include "sched/placement/spread.hpp"
#include "sched/placement/two_choices.hpp"
#include "sched/placement/wake_affine.hpp"
#include "sched/policy/spec.hpp"
#include "sched/policy/standard_presets.hpp"

namespace roost {

Catalog standard_catalog() {
  return {
      .presets = standard_presets(),
      .disciplines =
          {
              &kCfsEntry,
              &kCredit2Entry,
              &kCreditEntry,
              &kEdfEntry,
              &kEevdfEntry,
              &kFifoEntry,
              &kLotteryEntry,
              &kMlfqEntry,
              &kPriorityArraysEntry,
              &kRoundRobinEntry,
              &kRtdsEntry,
              &kSjfEntry,
              &kSolarisTsEntry,
              &kStaticTableEntry,
              &kStcfEntry,
              &kStrideEntry,
              &kUleEntry,
              &kWeightedFairEntry,
              &kWindowsNtEntry,
          },
      .placements =
          {
              &kLastIdleLeastEntry,
              &kAntiStackingEntry,
              &kEnergyAwareEntry,
              &kIdleFirstEntry,
              &kLastPcpuEntry,
              &kLeastLoadedEntry,
              &kNullEntry,
              &kNumaHomeEntry,
              &kPackEntry,
              &kRandomPcpuEntry,
              &kRoundRobinPcpuEntry,
              &kSpreadEntry,
              &kTwoChoicesEntry,
              &kWakeAffineEntry,
          },
      .balances = {&kNoneEntry, &kPullEntry, &kPushEntry, &kHybridEntry, &kSwapEntry, &kActiveEntry, &kDomainsEntry,
                   &kEpochEntry, &kProxyEntry},
      .numas = {&kNoNumaEntry, &kFollowMemoryEntry},
      .idles = {&kAdaptivePollEntry, &kHaltEntry, &kPollEntry},
      .coscheds = {&kNoCoEntry, &kRelaxedEntry, &kStrictEntry},
      .shares = {&kVcpuSharesEntry, &kGroupSharesEntry},
      .pauses = {&kStayEntry, &kYieldEntry, &kDirectedEntry},
  };
}

namespace {

template <typename Entry>
std::vector<const PieceInfo*> infos(const std::vector<const Entry*>& entries) {
  std::vector<const PieceInfo*> infos;
  for (const Entry* entry : entries) infos.push_back(&entry->info);
  return infos;
}

}  // namespace

std::vector<const PieceInfo*> Catalog::pieces(PieceKind kind) const {
  switch (kind) {
    case PieceKind::Discipline: return infos(disciplines);
    case PieceKind::Placement: return infos(placements);
    case PieceKind::Balance: return infos(balances);
    case PieceKind::Numa: return infos(numas);
    case PieceKind::Idle: return infos(idles);
    case PieceKind::Cosched: return infos(coscheds);
    case PieceKind::Shares: return infos(shares);
    case PieceKind::Pause: return infos(pauses);
  }
  check_failed("a kind of piece has a list", __FILE__, __LINE__);
}

const PieceInfo* Catalog::find(PieceKind kind, std::string_view name) const {
  for (const PieceInfo* piece : pieces(kind))
    if (piece->name == name) return piece;
  return nullptr;
}

const char* name_of(PieceKind kind) {
  switch (kind) {
    case PieceKind::Discipline: return "discipline";
    case PieceKind::Placement: return "placement";
    case PieceKind::Balance: return "balance";
    case PieceKind::Numa: return "numa";
    case PieceKind::Idle: return "idle";
    case PieceKind::Cosched: return "cosched";
    case PieceKind::Shares: return "shares";
    case PieceKind::Pause: return "pause";
  }
  check_failed("a kind of piece has a name", __FILE__, __LINE__);
}

Result<Policy> make_policy(std::string_view text, const PolicyScope& scope, const Catalog& catalog) {
  const Result<PolicySpec> spec = parse_policy_spec(text, catalog);
  if (!spec) return spec.error();
  const Granularity granularity = scope.granularity.value_or(spec->granularity);
  const std::size_t runqueues =
      scope.runqueues > 0 ? scope.runqueues : RunqueueMap(scope.topology, granularity).size();
  return Policy{.name = std::string(text),
                .discipline = spec->discipline.entry->named(
                    {.max_vcpus = scope.max_vcpus, .runqueues = runqueues, .seed = scope.seed},
                    spec->discipline.constants),
                .placer = spec->placement.entry->make(
                    {.topology = scope.topology, .max_vcpus = scope.max_vcpus, .seed = scope.seed},
                    spec->placement.constants),
                .balancer = spec->balance.entry->make(scope.topology, spec->balance.constants),
                .numa = spec->numa.entry->make(scope.topology, scope.max_vcpus, spec->numa.constants),
                .idle = spec->idle.entry->make(spec->idle.constants),
                .pause = spec->pause.entry->make(spec->pause.constants),
                .cosched = spec->cosched.entry->make(spec->cosched.constants),
                .shares = spec->shares.entry->rule,
                .granularity = granularity};
}

Result<Policy> make_policy(std::string_view text, const Topology& topology, std::size_t max_vcpus,
                           std::optional<Granularity> granularity) {
  return make_policy(text, {.topology = topology, .max_vcpus = max_vcpus, .granularity = granularity});
}

}  // namespace roost
