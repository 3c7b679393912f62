#include "tools/report/run_json.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "sched/balance/balancer.hpp"
#include "tools/report/domain_busy.hpp"
#include "tools/report/fairness.hpp"
#include "tools/report/json_lines.hpp"
#include "tools/report/report_totals.hpp"

namespace roost {
namespace {

using Json = nlohmann::ordered_json;

bool counted(const RunReport& report) { return report.conservation.source != ConservationReport::Source::None; }

Json migrations_json(const VcpuReport& vcpu) {
  Json list = Json::array();
  const MigrationCounts counts = migrations_of(vcpu);
  for (const MigrationKind& kind : counts.occurred())
    list.push_back({{"distance", name_of(kind.distance)}, {"cause", name_of(kind.why)}, {"count", counts.of(kind)}});
  return list;
}

Json waits_json(const Histogram& waits) {
  Json buckets = Json::array();
  waits.for_each([&](std::uint64_t last, std::uint64_t count) { buckets.push_back(Json::array({last, count})); });
  return {{"count", waits.count()},
          {"sum_ns", nanoseconds(waits.sum())},
          {"p50_ns", nanoseconds(waits.percentile(500))},
          {"p99_ns", nanoseconds(waits.percentile(990))},
          {"p999_ns", nanoseconds(waits.percentile(999))},
          {"max_ns", nanoseconds(waits.max())},
          {"buckets", std::move(buckets)}};
}

/// Of guests' modelled caches.
Json caches_json(const CacheCounts& counts) {
  return {{"l1i", {{"hits", counts.l1i_hits}, {"misses", counts.l1i_misses}}},
          {"l1d", {{"hits", counts.l1d_hits}, {"misses", counts.l1d_misses}}},
          {"l2", {{"hits", counts.l2_hits}, {"misses", counts.l2_misses}}},
          {"llc_hits", counts.llc_hits},
          {"transfers", counts.transfers},
          {"memory_local", counts.local},
          {"memory_remote", counts.remote},
          {"invalidations", counts.invalidations},
          {"tlb_misses", counts.tlb_misses},
          {"waited_ns", counts.waited_ps / 1000}};
}

Json vcpu_json(const VcpuReport& vcpu, Duration lag) {
  Json run_on = Json::array();
  for (const auto& [pcpu, time] : vcpu.run_on.parts()) run_on.push_back(Json::array({index(pcpu), nanoseconds(time)}));
  const Json bound = vcpu.wait_bound == kNoBound ? Json(nullptr) : Json(nanoseconds(vcpu.wait_bound));
  return {{"vm", vcpu.vm},
          {"hart", vcpu.number},
          {"weight", value(vcpu.weight)},
          {"run_ns", nanoseconds(vcpu.run)},
          {"wait_ns", nanoseconds(vcpu.wait)},
          {"halted_ns", nanoseconds(vcpu.halted)},
          {"capped_ns", nanoseconds(vcpu.capped)},
          {"throttled", vcpu.throttled},
          {"co_stops", vcpu.co_stops},
          {"co_stopped_ns", nanoseconds(vcpu.co_stopped)},
          {"lifetime_ns", nanoseconds(vcpu.lifetime)},
          {"steal_ns", nanoseconds(vcpu.steal)},
          {"lag_ns", nanoseconds(lag)},
          {"retired", vcpu.retired},
          {"reload_ns", nanoseconds(vcpu.reload)},
          {"remote_memory_ns", nanoseconds(vcpu.remote_memory)},
          {"numa_sampling_ns", nanoseconds(vcpu.sampling)},
          {"numa_samples", vcpu.numa_samples},
          {"numa_remote_samples", vcpu.numa_remote},
          {"wakeups", vcpu.wakeups},
          {"slices", vcpu.slices},
          {"longest_wait_ns", nanoseconds(vcpu.longest_wait)},
          {"wait_bound_ns", bound},
          {"wake_to_run", waits_json(vcpu.wake_to_run)},
          {"migrations", migrations_json(vcpu)},
          {"run_on", std::move(run_on)},
          {"run_elsewhere_ns", nanoseconds(vcpu.run_on.elsewhere())}};
}

Json reservation_json(const VcpuReport& vcpu) {
  return {{"budget_ns", nanoseconds(vcpu.reservation.budget)},
          {"period_ns", nanoseconds(vcpu.reservation.period)},
          {"received_ns", nanoseconds(vcpu.reserved)},
          {"deadline_misses", vcpu.deadline_misses}};
}

Json vm_json(const RunReport& report, const VmReport& vm) {
  Json json{{"name", vm.name},
            {"guest", vm.guest},
            {"ended", vm.ended},
            {"exit_code", vm.ended ? Json(vm.exit_code) : Json(nullptr)},
            {"lifetime_ns", nanoseconds(vm.lifetime)}};
  const ReservedTotals of = reserved_of(report, vm.name);
  if (of.promised > 0)
    json["reservation"] = {{"share_ppb", of.promised},
                           {"received_ns", nanoseconds(of.received)},
                           {"deadline_misses", of.missed}};
  return json;
}

Json domain_json(Distance distance, const DomainBalance& domain) {
  Json stale = Json::object();
  for (std::size_t o = 1; o < kPlanOutcomes; ++o) stale[stale_reason(static_cast<PlanOutcome>(o))] = domain.plans[o];
  return {{"distance", name_of(distance)},
          {"attempts", domain.attempts},
          {"plans", plans_of(domain)},
          {"done", plans_of(domain) - stale_of(domain)},
          {"moved", domain.moved},
          {"stale", std::move(stale)}};
}

Json balance_json(const BalanceTotals& balance) {
  Json domains = Json::array();
  for (std::size_t d = 0; d < kDistances; ++d)
    if (balance.domains[d].attempts + plans_of(balance.domains[d]) > 0)
      domains.push_back(domain_json(static_cast<Distance>(d), balance.domains[d]));
  return {{"asked_new_idle", balance.asked[static_cast<std::size_t>(Trigger::NewIdle)]},
          {"asked_periodic", balance.asked[static_cast<std::size_t>(Trigger::Periodic)]},
          {"domains", std::move(domains)}};
}

Json place_json(const PcpuPlace& place) {
  return {{"host_cpu", place.host_cpu}, {"node", index(place.node)}, {"package", place.package},
          {"llc", place.llc},           {"core", place.core},        {"capacity", place.capacity}};
}

Json pcpu_json(const FinishedRun& run, PcpuId id) {
  const PcpuReport& pcpu = run.report.pcpus[id];
  BalanceTotals balance;
  balance.add(pcpu);
  Json json{{"busy_ns", nanoseconds(pcpu.busy)},
            {"idle_ns", nanoseconds(pcpu.idle)},
            {"overhead_ns", nanoseconds(pcpu.overhead)},
            {"idle_while_waiting_ns", counted(run.report) ? Json(nanoseconds(pcpu.idle_while_waiting)) : Json(nullptr)},
            {"switches", pcpu.switches},
            {"kicks_sent", pcpu.kicks_sent},
            {"kicks_suppressed", pcpu.kicks_suppressed},
            {"kicks_polled", pcpu.kicks_polled},
            {"sleeps", pcpu.sleeps},
            {"polls_hit", pcpu.polls_hit},
            {"idle_ticks", pcpu.idle_ticks},
            {"pulls", pcpu.pulls},
            {"pushes", pcpu.pushes},
            {"helpers", pcpu.helpers},
            {"helped", pcpu.helped},
            {"sent", pcpu.sent},
            {"pause_exits", pcpu.pauses},
            {"directed_yields", pcpu.directed},
            {"balance", balance_json(balance)}};
  if (!run.report.simulation.costs.empty()) {
    json["polled_ns"] = nanoseconds(pcpu.waited.polled);
    json["shallow_ns"] = nanoseconds(pcpu.waited.shallow);
    json["deep_ns"] = nanoseconds(pcpu.waited.deep);
    json["energy_uj"] = pcpu.energy_uj;
  }
  if (index(id) < run.topology.pcpu_count()) json["place"] = place_json(run.topology.place(id));
  if (run.report.simulation.guest_caches) json["caches"] = caches_json(pcpu.caches);
  return json;
}

Json simulation_json(const RunReport& report) {
  const SimulationReport& simulation = report.simulation;
  Json costs = Json::object();
  for (const CostInForce& cost : simulation.costs)
    costs[cost.name] = {{"figure", cost.figure}, {"unit", cost.unit}, {"default", cost.usual}};
  return {{"quantum_ns", nanoseconds(simulation.quantum)},
          {"events", simulation.events},
          {"tie_seed", simulation.tie_seed},
          {"hint_faults", simulation.hint_faults},
          {"pages_moved", simulation.pages_moved},
          {"energy_uj", energy_of(report)},
          {"costs", std::move(costs)}};
}

Json fairness_json(const RunReport& report, const Fairness& fairness) {
  const auto ratio = [](double index) { return std::round(index * 1e6) / 1e6; };
  const VcpuId behind = fairness.most_behind;
  return {{"jain_by_weight", ratio(fairness.jain_by_weight)},
          {"jain_by_ideal", ratio(fairness.jain_by_ideal)},
          {"max_lag_ns", nanoseconds(fairness.max_lag())},
          {"max_lag_vcpu", behind == kNoVcpu ? Json(nullptr) : Json(label_of(report.vcpus[behind]))}};
}

Json conservation_json(const ConservationReport& conservation) {
  using Source = ConservationReport::Source;
  if (conservation.source == Source::None)
    return {{"source", "none"}, {"idle_while_waiting_ns", nullptr}, {"lost_ns", nullptr}};
  return {{"source", conservation.source == Source::Counted ? "counted" : "trace"},
          {"idle_while_waiting_ns", nanoseconds(conservation.idle_while_waiting)},
          {"lost_ns", nanoseconds(conservation.lost)}};
}

/// What was recorded, and of what part of the run.
Json trace_json(const FinishedRun& run) {
  const TraceScope& scope = run.traced;
  Json pcpus = nullptr;
  if (!scope.pcpus.empty()) {
    pcpus = Json::array();
    scope.pcpus.for_each([&](PcpuId pcpu) { pcpus.push_back(index(pcpu)); });
  }
  return {{"events", run.events.size()},
          {"lost", run.events_lost},
          {"from_ns", nanoseconds(scope.from)},
          {"to_ns", scope.to == Duration::max() ? Json(nullptr) : Json(nanoseconds(scope.to))},
          {"pcpus", std::move(pcpus)}};
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);  // a name may be any bytes
}

Json domain_busy_json(const FinishedRun& run) {
  Json list = Json::array();
  for (const DomainBusy& domain : busy_by_domain(run))
    list.push_back({{"level", name_of(domain.level)}, {"count", domain.count}, {"mean", domain.mean},
                    {"max", domain.most}, {"busiest", domain.busiest}});
  return list;
}

}  // namespace

std::string run_json(const FinishedRun& run) {
  const RunReport& report = run.report;
  const Fairness fairness = fairness_of(report);
  JsonLines out;
  const auto member = [&](std::string_view name, const Json& json) { out.member(name, text_of(json)); };
  member("schema", "roost.run/3");
  member("world", report.world);
  member("policy", report.policy);
  Json changes = Json::array();
  for (const PolicyChange& change : report.policy_changes)
    changes.push_back({{"at_ns", nanoseconds(change.at)},
                       {"policy", change.policy},
                       {"pool", change.pool.empty() ? Json() : Json(change.pool)}});
  member("policy_changes", changes);
  Json pools = Json::array();
  for (const PoolReport& pool : report.pools) {
    Json pcpus = Json::array();
    pool.pcpus.for_each([&](PcpuId pcpu) { pcpus.push_back(index(pcpu)); });
    pools.push_back({{"name", pool.name}, {"pcpus", pcpus}, {"policy", pool.policy},
                     {"runqueue", name_of(pool.granularity)}});
  }
  member("pools", pools);
  member("runqueue", report.runqueues == 0 ? Json() : Json(name_of(report.granularity)));
  member("end", name_of(run.end));
  member("wall_ns", nanoseconds(report.wall));
  const auto withheld = withheld_by_host(run);
  member("host_withheld_ns", withheld ? Json(nanoseconds(*withheld)) : Json());
  if (!report.simulation.costs.empty()) member("simulation", simulation_json(report));
  member("fairness", fairness_json(report, fairness));
  member("work_conservation", conservation_json(report.conservation));
  member("balance", balance_json(balance_of(report)));
  member("domain_busy", domain_busy_json(run));
  member("elsewhere", {{"kicks_sent", report.elsewhere.kicks_sent},
                       {"kicks_suppressed", report.elsewhere.kicks_suppressed}});
  member("trace", trace_json(run));
  out.list("vms", report.vms.size(),
           [&](std::size_t i) { return text_of(vm_json(report, report.vms[id_at<VmId>(i)])); });
  out.list("vcpus", report.vcpus.size(), [&](std::size_t i) {
    const VcpuReport& vcpu = report.vcpus[id_at<VcpuId>(i)];
    Json json = vcpu_json(vcpu, fairness.lag[id_at<VcpuId>(i)]);
    if (vcpu.reservation.budget > Duration{0}) json["reservation"] = reservation_json(vcpu);
    if (report.simulation.guest_caches) json["caches"] = caches_json(vcpu.caches);
    return text_of(json);
  });
  out.list("pcpus", report.pcpus.size(), [&](std::size_t i) { return text_of(pcpu_json(run, id_at<PcpuId>(i))); });
  return std::move(out).text();
}

}  // namespace roost
