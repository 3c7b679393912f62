#include "sched/discipline/contract.hpp"

namespace roost {

const char* text_of(ContractRule rule) {
  switch (rule) {
    case ContractRule::KnownIds: return "an id is one of this run's vCPUs";
    case ContractRule::PickWaits: return "a pick is one who waits here";
    case ContractRule::PickMayRun: return "a pick is one whom the asker may run";
    case ContractRule::PickIsEligible: return "a pick is one who is eligible by now";
    case ContractRule::SomebodyRuns: return "nobody is picked only where nobody waits whom the asker may run";
    case ContractRule::NobodyYet: return "'nobody yet' is said only where nobody whom the asker may run is eligible";
    case ContractRule::SliceIsTime:
      return "a slice, or the time until 'nobody yet' is to be asked again, is longer than nothing";
    case ContractRule::LooksAgain: return "'nobody yet' ends no later than the first of those who wait is eligible";
    case ContractRule::CountsWaiting: return "waiting() counts those who wait here";
    case ContractRule::CountsDormant: return "dormant() counts those who wait here and are not eligible";
    case ContractRule::VictimsWait: return "victims are vCPUs that wait here, each once";
    case ContractRule::AllAreVictims: return "everyone who waits may be a victim";
    case ContractRule::VictimsInOrder: return "a few victims are the first of all";
    case ContractRule::UrgencyOfWaiting:
      return "there is an urgency where somebody waits, and only there; who runs has one";
    case ContractRule::SameAnswers: return "the same calls have the same answers";
    case ContractRule::OwnChecks: return "its own checks hold";
    case ContractRule::RunsInTime: return "in a run nobody waits longer than waits_at_most() says";
  }
  check_failed("every rule has its words", __builtin_FILE(), __builtin_LINE());
}

[[gnu::cold]] void break_contract(const Discipline& discipline, ContractRule rule, const std::string& did) {
  const std::string number = std::to_string(static_cast<unsigned>(rule) + 1);
  throw ContractBreach(rule, "discipline '" + discipline.name() + "' broke rule " + number + ", '" + text_of(rule) +
                                 "': " + did);
}

std::string called(VcpuId vcpu) { return vcpu == kNoVcpu ? "nobody" : "vCPU " + std::to_string(index(vcpu)); }
std::string called(RunqueueId rq) { return "runqueue " + std::to_string(index(rq)); }

}  // namespace roost
