#include "vmm/caches/guest_caches.hpp"

#include <algorithm>
#include <limits>

namespace roost {

namespace {

/// So many requests of a pCPU ahead, the host is told which tags and records will be needed.
constexpr std::size_t kAhead = 6;

void add_answer(CacheCounts& counts, const SharedCaches::Answer& answer) {
  switch (answer.source) {
    case SharedCaches::Source::Nowhere: break;
    case SharedCaches::Source::Llc: ++counts.llc_hits; break;
    case SharedCaches::Source::Transfer: ++counts.transfers; break;
    case SharedCaches::Source::Local: ++counts.local; break;
    case SharedCaches::Source::Remote: ++counts.remote; break;
  }
  if (answer.invalidated) ++counts.invalidations;
}

}  // namespace

GuestCaches::GuestCaches(const Topology& topology, const GuestCacheFigures& figures)
    : parallel_(figures.parallel),
      first_guess_ps_(figures.llc_ns * 1000),
      shared_(topology, figures),
      log_(topology.pcpu_count()),
      pcpus_(topology.pcpu_count()) {}

PrivateCaches& GuestCaches::enter(const Runner& runner) {
  if (!vcpus_.contains(runner.vcpu)) vcpus_.resize(index(runner.vcpu) + 1);
  Account& account = vcpus_[runner.vcpu];
  if (account.core == kNoCore) account.guess_ps = first_guess_ps_;
  const CoreId core = shared_.core_of(runner.pcpu);
  if (account.core != core) {
    account.core_before = account.core;
    account.core = core;
  }
  // A little less than the last requests took: what was guessed too much before is worked off so.
  if (account.answered > 0) account.guess_ps = account.answered_ps / account.answered * 7 / 8;
  account.answered = account.answered_ps = 0;
  PrivateCaches& caches = shared_.private_of(core, log_);
  check(index(runner.vm) < kMostMachines, "a run has not more machines than lines are numbered for");
  caches.first_line = std::uint64_t{index(runner.vm)} << kMachineLineBits;
  caches.enter({runner.vcpu, runner.pcpu, account.guess_ps});
  return caches;
}

void GuestCaches::count(const Runner& runner, const PrivateCaches& caches) {
  Account& account = vcpus_[runner.vcpu];
  CacheCounts counts = caches.counts();
  counts.waited_ps = caches.waited_ps() - caches.guessed_ps();
  account.owed_ps -= caches.guessed_ps();
  account.counts += counts;
  pcpus_[runner.pcpu] += counts;
}

void GuestCaches::settle(std::int64_t until_ps) {
  for (; !log_.empty() && log_.next_ps() < until_ps; log_.drop()) answer(log_.next_pcpu(), log_.next());
}

void GuestCaches::answer(PcpuId pcpu, const MissRequest& request) {
  if (const MissRequest* later = log_.ahead(pcpu, kAhead)) shared_.expect(pcpu, later->line);
  Account& account = vcpus_[request.vcpu];
  const bool behind = was_left_behind(account, request.line);
  const SharedCaches::Answer answer = shared_.ask(pcpu, request);
  const std::int64_t in_flight = request.how == Touch::Atomic ? 1 : parallel_;
  const std::int64_t ps = answer.ns * 1000 / in_flight;
  account.owed_ps += ps;
  if (!request.has_it) {
    ++account.answered;
    account.answered_ps += answer.ns * 1000;
  }
  const std::int64_t far_ps = answer.far_ns == 0 ? 0 : answer.far_ns * 1000 / in_flight;  // spares a division, mostly
  for (CacheCounts* counts : {&account.counts, &pcpus_[pcpu]}) {
    add_answer(*counts, answer);
    counts->waited_ps += ps;
    counts->far_ps += far_ps;
    if (behind) counts->reload_ps += ps - far_ps;
  }
}

bool GuestCaches::was_left_behind(const Account& account, std::uint64_t line) const {
  if (account.core_before == kNoCore) return false;
  const PrivateCaches* before = shared_.private_if_any(account.core_before);
  return before != nullptr && before->has(line);
}

Duration GuestCaches::take_owed(VcpuId vcpu) {
  if (!vcpus_.contains(vcpu) || vcpus_[vcpu].owed_ps < 1000) return Duration{0};
  Account& account = vcpus_[vcpu];
  const std::int64_t owed_ns = account.owed_ps / 1000;
  account.owed_ps -= owed_ns * 1000;
  return Duration{owed_ns};
}

void GuestCaches::check_at_rest() {
  settle(std::numeric_limits<std::int64_t>::max());
  shared_.check_at_rest();
}

}  // namespace roost
