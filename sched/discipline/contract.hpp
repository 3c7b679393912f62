// The room: what a discipline owes whoever asks it, rule by rule, and the sentence for one that breaks a rule.
// Not here: who looks: Runqueue at every step of every run, sched/contract's walk at what it asks for.
// Invariants: the sentence names the discipline, the rule by number and words, and what the discipline did, with the
//   vCPU and the runqueue. Cold: nothing of this is touched while a discipline keeps its contract.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "sched/discipline/discipline.hpp"
#include "sched/vocabulary/check.hpp"

namespace roost {

enum class ContractRule : std::uint8_t {
  KnownIds,
  PickWaits,
  PickMayRun,
  PickIsEligible,
  SomebodyRuns,
  NobodyYet,
  SliceIsTime,
  LooksAgain,
  CountsWaiting,
  CountsDormant,
  VictimsWait,
  AllAreVictims,
  VictimsInOrder,
  UrgencyOfWaiting,
  SameAnswers,
  OwnChecks,
  RunsInTime,
};
inline constexpr std::size_t kContractRules = static_cast<std::size_t>(ContractRule::RunsInTime) + 1;
/// The rule in words.
const char* text_of(ContractRule rule);

/// "discipline 'lifo' broke rule 2, 'a pick is one who waits here': it picked vCPU 3, which waits on runqueue 1".
class ContractBreach : public CheckFailure {
 public:
  ContractBreach(ContractRule rule, const std::string& sentence) : CheckFailure(sentence), rule_(rule) {}
  ContractRule rule() const { return rule_; }

 private:
  ContractRule rule_;
};

/// `did`: the rest of the sentence, as "it picked vCPU 3, which runs there".
[[noreturn]] void break_contract(const Discipline& discipline, ContractRule rule, const std::string& did);

std::string called(VcpuId vcpu);
std::string called(RunqueueId rq);

}  // namespace roost
