#include "vmm/workload/fork_bound.hpp"

#include <deque>

namespace roost {

namespace {

struct ForkSite {
  std::uint32_t child;
  std::uint64_t times;  // each time that its script runs
};

/// Those that are ever reached.
std::vector<ForkSite> sites_of(const Script& script) {
  std::vector<ForkSite> sites;
  std::vector<std::uint64_t> times{1};
  for (const Phase& phase : script.phases) {
    if (phase.kind == Phase::Kind::Repeat) times.push_back(product_of_times(times.back(), phase.times));
    if (phase.kind == Phase::Kind::Again) times.pop_back();
    if (phase.kind == Phase::Kind::Fork && times.back() > 0) sites.push_back({phase.object, times.back()});
  }
  return sites;
}

/// The scripts that may run, and what they fork, with how many sites each is waiting for.
struct ForkGraph {
  std::vector<std::vector<ForkSite>> sites;
  std::vector<std::uint32_t> open;
  std::vector<bool> reached;
};

ForkGraph graph_of(const Scenario& scenario, const ScenarioVm& vm) {
  const std::size_t scripts = scenario.scripts.size();
  ForkGraph graph{std::vector<std::vector<ForkSite>>(scripts), std::vector<std::uint32_t>(scripts, 0),
                  std::vector<bool>(scripts, false)};
  std::deque<std::uint32_t> next(vm.scripts.begin(), vm.scripts.end());
  while (!next.empty()) {
    const std::uint32_t script = next.front();
    next.pop_front();
    if (graph.reached[script]) continue;
    graph.reached[script] = true;
    graph.sites[script] = sites_of(scenario.scripts[script]);
    for (const ForkSite& site : graph.sites[script]) ++graph.open[site.child], next.push_back(site.child);
  }
  return graph;
}

}  // namespace

std::uint64_t sum_of_times(std::uint64_t a, std::uint64_t b) { return a > kForever - b ? kForever : a + b; }

std::uint64_t product_of_times(std::uint64_t a, std::uint64_t b) {
  return a == 0 || b == 0 ? 0 : a > kForever / b ? kForever : a * b;
}

std::vector<std::uint64_t> most_forks(const Scenario& scenario, const ScenarioVm& vm) {
  ForkGraph graph = graph_of(scenario, vm);
  std::vector<std::uint64_t> forks(graph.reached.size(), 0), starts(graph.reached.size(), 0);
  for (std::uint32_t i = 0; i < vm.vcpus && !vm.scripts.empty(); ++i) ++starts[vm.scripts[i % vm.scripts.size()]];
  std::deque<std::uint32_t> ready;  // who forks them is known
  for (std::uint32_t script = 0; script < graph.open.size(); ++script)
    if (graph.reached[script] && graph.open[script] == 0) ready.push_back(script);
  while (!ready.empty()) {
    const std::uint32_t script = ready.front();
    ready.pop_front();
    starts[script] = sum_of_times(starts[script], forks[script]);
    for (const ForkSite& site : graph.sites[script]) {
      forks[site.child] = sum_of_times(forks[site.child], product_of_times(starts[script], site.times));
      if (--graph.open[site.child] == 0) ready.push_back(site.child);
    }
  }
  // What is left forks itself, in the end, or is forked by one that does.
  for (std::uint32_t script = 0; script < graph.open.size(); ++script)
    if (graph.open[script] > 0) forks[script] = kForever;
  return forks;
}

}  // namespace roost
