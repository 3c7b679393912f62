#include "tests/vmm/executor/same_decisions/scripted_host.hpp"

#include <algorithm>

namespace roost::test {

void ScriptedHost::run(const std::vector<SteppedVcpu*>& vcpus, const std::vector<VcpuTraits>& traits, Time until) {
  vcpus_ = vcpus;
  pcpus_ = IdVector<PcpuId, Pcpu>(topology_.pcpu_count());
  dispatcher_ = std::make_unique<Dispatcher>(static_cast<World&>(*this), std::move(policy_), topology_, traits);
  dispatcher_->start(clock_);
  for (std::size_t i = 0; i < pcpus_.size(); ++i) act(id_at<PcpuId>(i));
  for (;;) {
    while (!told_.empty()) {
      const PcpuId id = told_.front();
      told_.pop_front();
      act(id);
    }
    const auto earliest = std::min_element(pcpus_.begin(), pcpus_.end(),
                                           [](const Pcpu& a, const Pcpu& b) { return a.acts_at < b.acts_at; });
    if (!changes_.empty() && changes_.front().at <= std::min(earliest->acts_at, until)) {
      clock_ = std::max(clock_, changes_.front().at);
      changes_.front().make(*dispatcher_);
      changes_.pop_front();
      continue;
    }
    if (earliest->acts_at > until) break;
    clock_ = std::max(clock_, earliest->acts_at);
    act(id_at<PcpuId>(static_cast<std::size_t>(earliest - pcpus_.begin())));
  }
  dispatcher_->close(std::max(clock_, until));
  dispatcher_->check_invariants();
}

void ScriptedHost::kick(PcpuId id, KickHow) {
  Pcpu& pcpu = pcpus_[id];
  if (!pcpu.rung && id != acting_) told_.push_back(id);
  pcpu.rung = true;
}

bool ScriptedHost::hand(PcpuId id, VcpuId vcpu, Duration slice) {
  ++handed_;
  pcpus_[id].message = Message{vcpu, slice};
  pcpus_[id].polls = false;
  told_.push_back(id);
  return false;
}

void ScriptedHost::act(PcpuId id) {
  Pcpu& pcpu = pcpus_[id];
  acting_ = id;
  if (pcpu.next.vcpu == kNoVcpu) {
    come_back_from_idle(id);
  } else if (pcpu.left > Duration{0}) {
    const Duration done = std::min(pcpu.left, clock_ - pcpu.worked_at);
    pcpu.left -= done;
    vcpus_[index(pcpu.next.vcpu)]->worked(done);
  }
  go_on(id);
  acting_ = kNoPcpu;
}

void ScriptedHost::come_back_from_idle(PcpuId id) {
  Pcpu& pcpu = pcpus_[id];
  pcpu.polls = false;
  if (const auto message = std::exchange(pcpu.message, std::nullopt)) {
    pcpu.next = dispatcher_->take(id, message->vcpu, message->slice, clock_);
  } else {
    pcpu.rung = false;
    pcpu.next = dispatcher_->next(id);
  }
}

/// Runs what the pCPU has until something is to be done at a later time.
void ScriptedHost::go_on(PcpuId id) {
  Pcpu& pcpu = pcpus_[id];
  while (pcpu.next.vcpu != kNoVcpu) {
    const auto exit = run_vcpu(pcpu);
    if (!exit) return;
    pcpu.rung = false;
    pcpu.left = Duration{0};
    pcpu.next = dispatcher_->returned(id, *exit);
  }
  pcpu.polls = true;
  pcpu.acts_at = pcpu.next.until;
}

/// Nothing: it computes until acts_at.
std::optional<Exit> ScriptedHost::run_vcpu(Pcpu& pcpu) {
  if (pcpu.rung) return Exit{.why = ExitWhy::Kicked};
  if (clock_ >= pcpu.next.until) return Exit{.why = ExitWhy::BudgetSpent};
  if (pcpu.left == Duration{0}) {
    const Step step = vcpus_[index(pcpu.next.vcpu)]->step(clock_);
    if (step.kind == Step::Kind::Halt) return Exit{.why = ExitWhy::Halted, .wake_at = step.wake_at};
    if (step.kind != Step::Kind::Compute) return Exit{.why = ExitWhy::Stopped};
    pcpu.left = step.work;
    if (pcpu.rung) return Exit{.why = ExitWhy::Kicked};  // the step woke somebody on its own pCPU
  }
  pcpu.worked_at = clock_;
  pcpu.acts_at = std::min(clock_ + pcpu.left, pcpu.next.until);
  return std::nullopt;
}

}  // namespace roost::test
