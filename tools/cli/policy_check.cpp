#include "tools/cli/policy_check.hpp"

#include <fmt/format.h>

#include "sched/contract/contract_walk.hpp"
#include "sched/policy/spec.hpp"
#include "tools/cli/quantities.hpp"
#include "tools/report/units.hpp"

namespace roost {
namespace {

constexpr std::uint64_t kWalks = 3, kUsualSteps = 30'000, kMostSteps = 1'000'000'000;

std::string tried_text(const ContractReport& report) {
  const ContractWalk::Tried& tried = report.tried;
  return fmt::format(
      "  tried: {} picks and {} times 'nobody yet'; {} enqueues, {} of them after a yield; {} blocks;\n"
      "  {} migrations; {} preemptions; {} changes of weight; {} admissions.\n  {}\n",
      count_text(tried.picks), count_text(tried.not_yet), count_text(tried.enqueues), count_text(tried.yields),
      count_text(tried.blocks), count_text(tried.migrations), count_text(tried.preemptions),
      count_text(tried.weights), count_text(tried.admissions),
      report.timed > 0 ? fmt::format("timed: {} waits in runs on one pCPU.", count_text(report.timed))
                       : "no wait was timed: it states no bound.");
}

std::string rules_text() {
  std::string text = "  rules:\n";
  for (std::size_t rule = 0; rule < kContractRules; ++rule)
    text += fmt::format("  {:4}  {}\n", rule + 1, text_of(static_cast<ContractRule>(rule)));
  return text;
}

}  // namespace

Result<PolicyCheck> check_policy(const Catalog& catalog, const PolicyCheckText& wish) {
  const Result<PolicySpec> spec = parse_policy_spec(wish.policy, catalog);
  if (!spec) return spec.error();
  const auto seed = parse_number("--seed", wish.seed.empty() ? "1" : wish.seed, {0, UINT64_MAX});
  if (!seed) return seed.error();
  const auto steps = parse_number("--steps", wish.steps, {1, kMostSteps});
  if (!wish.steps.empty() && !steps) return steps.error();

  const auto& one = spec->discipline;
  const ContractReport report =
      walk_contract([&](const DisciplineScope& scope) { return one.entry->named(scope, one.constants); }, *seed, kWalks,
                    wish.steps.empty() ? kUsualSteps : *steps);
  const std::string walked =
      fmt::format("  {}, {} steps in all, seeds {} to {}: {} vCPUs on {} runqueues, each shared by {} pCPUs.\n",
                  plural(report.walks, "random walk"), count_text(report.steps), *seed, report.seed,
                  ContractWalk::kVcpus, ContractWalk::kRunqueues, ContractWalk::kSharers);
  if (report.breach.empty())
    return PolicyCheck{fmt::format("{} keeps its contract\n{}{}{}", wish.policy, walked, tried_text(report),
                                   rules_text()),
                       true};
  return PolicyCheck{fmt::format("{}\nthe last {} steps:\n{}{}{}  '--seed {}' walks there again.\n", report.breach,
                                 ContractWalk::kLastSteps, report.last_steps, walked, tried_text(report),
                                 report.seed),
                     false};
}

}  // namespace roost
