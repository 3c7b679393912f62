#include "tools/report/run_json.hpp"

#include <nlohmann/json.hpp>

#include "tools/report/report_totals.hpp"

namespace roost {
namespace {

using Json = nlohmann::ordered_json;

Json vm_json(const VmReport& vm) {
  return {{"name", vm.name},
          {"guest", vm.guest},
          {"ended", vm.ended},
          {"exit_code", vm.ended ? Json(vm.exit_code) : Json(nullptr)},
          {"lifetime_ns", nanoseconds(vm.lifetime)}};
}

Json migrations_json(const VcpuReport& vcpu) {
  Json list = Json::array();
  const MigrationCounts counts = migrations_of(vcpu);
  for (const MigrationKind& kind : counts.occurred())
    list.push_back({{"distance", name_of(kind.distance)}, {"cause", cause(kind.why)}, {"count", counts.of(kind)}});
  return list;
}

Json waits_json(const Histogram& waits) {
  return {{"count", waits.count()},
          {"p50_ns", nanoseconds(waits.percentile(500))},
          {"p99_ns", nanoseconds(waits.percentile(990))},
          {"max_ns", nanoseconds(waits.max())},
          {"sum_ns", nanoseconds(waits.sum())}};
}

Json vcpu_json(const VcpuReport& vcpu) {
  Json run_on = Json::array();
  for (const Duration time : vcpu.run_on) run_on.push_back(nanoseconds(time));
  return {{"vm", vcpu.vm},
          {"hart", vcpu.number},
          {"weight", value(vcpu.weight)},
          {"run_ns", nanoseconds(vcpu.run)},
          {"wait_ns", nanoseconds(vcpu.wait)},
          {"halted_ns", nanoseconds(vcpu.halted)},
          {"lifetime_ns", nanoseconds(vcpu.lifetime)},
          {"retired", vcpu.retired},
          {"reload_ns", nanoseconds(vcpu.reload)},
          {"remote_memory_ns", nanoseconds(vcpu.remote_memory)},
          {"numa_sampling_ns", nanoseconds(vcpu.sampling)},
          {"wakeups", vcpu.wakeups},
          {"slices", vcpu.slices},
          {"wake_to_run", waits_json(vcpu.wake_to_run)},
          {"migrations", migrations_json(vcpu)},
          {"run_on_ns", run_on}};
}

Json plans_json(const PcpuReport& pcpu) {
  return {{"done", pcpu.plans[static_cast<std::size_t>(PlanOutcome::Done)]},
          {"stale_nothing_waits", pcpu.plans[static_cast<std::size_t>(PlanOutcome::StaleNothingWaits)]},
          {"stale_not_worthwhile", pcpu.plans[static_cast<std::size_t>(PlanOutcome::StaleNotWorthwhile)]},
          {"stale_affinity", pcpu.plans[static_cast<std::size_t>(PlanOutcome::StaleAffinity)]},
          {"stale_offline", pcpu.plans[static_cast<std::size_t>(PlanOutcome::StaleOffline)]}};
}

Json pcpu_json(const PcpuReport& pcpu) {
  return {{"busy_ns", nanoseconds(pcpu.busy)},
          {"idle_ns", nanoseconds(pcpu.idle)},
          {"overhead_ns", nanoseconds(pcpu.overhead)},
          {"switches", pcpu.switches},
          {"kicks_sent", pcpu.kicks_sent},
          {"kicks_suppressed", pcpu.kicks_suppressed},
          {"sleeps", pcpu.sleeps},
          {"polls_hit", pcpu.polls_hit},
          {"pulls", pcpu.pulls},
          {"pushes", pcpu.pushes},
          {"plans", plans_json(pcpu)}};
}

Json place_json(const PcpuPlace& place) {
  return {{"host_cpu", place.host_cpu}, {"node", index(place.node)}, {"package", place.package},
          {"llc", place.llc},           {"core", place.core},        {"capacity", place.capacity}};
}

Json simulation_json(const SimulationReport& simulation) {
  Json costs = Json::object();
  for (const CostInForce& cost : simulation.costs) costs[cost.name] = {{"figure", cost.figure}, {"unit", cost.unit}};
  return {{"quantum_ns", nanoseconds(simulation.quantum)},
          {"events", simulation.events},
          {"hint_faults", simulation.hint_faults},
          {"pages_moved", simulation.pages_moved},
          {"costs", std::move(costs)}};
}

}  // namespace

std::string run_json(const FinishedRun& run) {
  const RunReport& report = run.report;
  Json json{{"schema", "roost.run/1"},
            {"world", report.world},
            {"policy", report.policy},
            {"end", name_of(run.end)},
            {"wall_ns", nanoseconds(report.wall)},
            {"vms", Json::array()},
            {"vcpus", Json::array()},
            {"pcpus", Json::array()}};
  if (!report.simulation.costs.empty()) json["simulation"] = simulation_json(report.simulation);
  for (const VmReport& vm : report.vms) json["vms"].push_back(vm_json(vm));
  for (const VcpuReport& vcpu : report.vcpus) json["vcpus"].push_back(vcpu_json(vcpu));
  for (PcpuId p{0}; p < report.pcpus.end_id(); p = id_at<PcpuId>(index(p) + 1)) {
    Json pcpu = pcpu_json(report.pcpus[p]);
    if (index(p) < run.topology.pcpu_count()) pcpu["place"] = place_json(run.topology.place(p));
    json["pcpus"].push_back(std::move(pcpu));
  }
  json["elsewhere"] = {{"kicks_sent", report.elsewhere.kicks_sent},
                       {"kicks_suppressed", report.elsewhere.kicks_suppressed}};
  json["trace"] = {{"events", run.events.size()}, {"lost", run.events_lost}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";  // a name may be any bytes
}

}  // namespace roost
