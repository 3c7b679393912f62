#include "sched/contract/contract_walk.hpp"

#include <algorithm>
#include <exception>
#include <span>

#include "sched/contract/contract_run.hpp"

namespace roost {

namespace {

constexpr std::array<std::uint32_t, 6> kWeights{1, 50, 100, 100, 300, 10000};
constexpr int kPatience = 10'000;  // times that nobody may run yet, while only that time passes

/// A third of all have none.
Reservation reservation_of(VcpuId vcpu) {
  const auto v = static_cast<std::int64_t>(index(vcpu));
  if (v % 3 == 0) return {};
  return {std::chrono::milliseconds(1 + v % 4), std::chrono::milliseconds(5 + v % 3 * 5)};
}

const char* word_of(EnqueueWhy why) {
  constexpr std::array kWords{"Fork", "Wake", "Preempted", "SliceEnd", "Yield", "Migrated"};
  return kWords[static_cast<std::size_t>(why)];
}

const char* word_of(LeaveWhy why) {
  constexpr std::array kWords{"Blocked", "Migrating", "Finished", "Throttled"};
  return kWords[static_cast<std::size_t>(why)];
}

}  // namespace

class ContractWalk::Allowed final : public MayRun {
 public:
  Allowed(const IdVector<VcpuId, Subject>& subjects, std::size_t sharer) : subjects_(subjects), sharer_(sharer) {}
  bool operator()(VcpuId vcpu) const override { return (subjects_[vcpu].allowed >> sharer_ & 1) != 0; }

 private:
  const IdVector<VcpuId, Subject>& subjects_;
  std::size_t sharer_;
};

ContractWalk::ContractWalk(const Maker& make, std::uint64_t seed)
    : random_(seed, 0), subjects_(kVcpus), eligible_at_(kVcpus) {
  const DisciplineScope scope{.max_vcpus = kVcpus, .runqueues = kRunqueues, .seed = seed};
  one_ = make(scope);
  two_ = make(scope);
  for (std::size_t v = 0; v < kVcpus; ++v) admit(id_at<VcpuId>(v));
}

ContractWalk::Tried& ContractWalk::Tried::operator+=(const Tried& more) {
  enqueues += more.enqueues, picks += more.picks, not_yet += more.not_yet, migrations += more.migrations;
  preemptions += more.preemptions, yields += more.yields, blocks += more.blocks;
  weights += more.weights, admissions += more.admissions;
  return *this;
}

void ContractWalk::broke(ContractRule rule, const std::string& did) const { break_contract(*one_, rule, did); }

template <typename Do>
void ContractWalk::both(Step step, Do act) {
  step.at = now_;
  note(step);
  act(*one_);
  act(*two_);
}

template <typename Ask>
auto ContractWalk::same(const char* what, Ask ask) const {
  const auto answer = ask(*one_);
  if (answer != ask(*two_)) broke(ContractRule::SameAnswers, std::string("two of a kind differ in ") + what);
  if (answer != ask(*one_)) broke(ContractRule::SameAnswers, std::string("asked twice it differs in ") + what);
  return answer;
}

void ContractWalk::step() {
  owned_by(*one_, [&] {
    now_ += Duration(static_cast<std::int64_t>(random_.below(random_.below(4) == 0 ? 20'000'000 : 300'000)));
    const auto vcpu = any<VcpuId>(kVcpus);
    const auto rq = any<RunqueueId>(kRunqueues);
    switch (subjects_[vcpu].place) {
      case Place::Nowhere: arrive(vcpu, rq); break;
      case Place::Waiting: random_.below(3) == 0 ? migrate(vcpu, rq) : pick(rq); break;
      case Place::Running: stop(vcpu); break;
    }
    check_answers(rq);
  });
}

void ContractWalk::drain() {
  owned_by(*one_, [&] {
    for (std::size_t v = 0; v < kVcpus; ++v)
      if (subjects_[id_at<VcpuId>(v)].place == Place::Running) block(id_at<VcpuId>(v), LeaveWhy::Blocked);
    for (std::size_t r = 0; r < kRunqueues; ++r) {
      const auto rq = id_at<RunqueueId>(r);
      for (int tries = 0; waiting_on(rq) > 0; ++tries) {
        if (tries == kPatience) broke(ContractRule::LooksAgain, "nobody on " + called(rq) + " may run, ever");
        const std::optional<Pick> pick = picked(rq, PickRequest(now_), kSharers);
        if (pick->vcpu == kNoVcpu)
          now_ = pick->until;
        else
          block(pick->vcpu, LeaveWhy::Finished);
        check_answers(rq);
      }
    }
  });
}

void ContractWalk::admit(VcpuId vcpu) {
  const auto weight = Weight{kWeights[random_.below(kWeights.size())]};
  const VcpuTraits traits{.vm = id_at<VmId>(index(vcpu) / 4),
                          .weight = weight,
                          .allowed = PcpuSet::first(1),
                          .reservation = reservation_of(vcpu)};
  both({.did = Did::Admit, .vcpu = vcpu, .with = static_cast<std::uint64_t>(value(weight))},
       [&](Discipline& d) { d.admit(vcpu, traits); });
  ++tried_.admissions;
  subjects_[vcpu].fresh = true;
  subjects_[vcpu].allowed = static_cast<std::uint32_t>(1 + random_.below((1 << kSharers) - 1));
}

void ContractWalk::arrive(VcpuId vcpu, RunqueueId rq) {
  Subject& subject = subjects_[vcpu];
  if (random_.below(16) == 0) admit(vcpu);  // as after a change of the policy
  if (random_.below(16) == 0) {
    const auto weight = Weight{kWeights[random_.below(kWeights.size())]};
    both({.did = Did::Reweigh, .vcpu = vcpu, .with = static_cast<std::uint64_t>(value(weight))},
         [&](Discipline& d) { d.reweigh(vcpu, weight); });
    ++tried_.weights;
  }
  const EnqueueWhy why = subject.fresh ? EnqueueWhy::Fork : EnqueueWhy::Wake;
  both({.did = Did::Enqueue, .vcpu = vcpu, .rq = rq, .with = static_cast<std::uint64_t>(why)},
       [&](Discipline& d) { d.enqueue(rq, vcpu, why, now_); });
  ++tried_.enqueues;
  subject.fresh = false;
  subject.place = Place::Waiting;
  subject.rq = rq;
  ask_preempts(rq, vcpu);
}

void ContractWalk::ask_preempts(RunqueueId rq, VcpuId waiting) {
  for (std::size_t v = 0; v < kVcpus; ++v) {
    const auto running = id_at<VcpuId>(v);
    if (subjects_[running].place != Place::Running || subjects_[running].rq != rq) continue;
    charge(running);
    note({.did = Did::Preempts, .at = now_, .vcpu = waiting, .rq = rq, .with = index(running)});
    tried_.preemptions +=
        same("preempts()", [&](const Discipline& d) { return d.preempts(rq, waiting, running, now_); }) ? 1 : 0;
  }
}

void ContractWalk::migrate(VcpuId vcpu, RunqueueId to) {
  Subject& subject = subjects_[vcpu];
  both({.did = Did::Leave, .vcpu = vcpu, .rq = subject.rq, .with = static_cast<std::uint64_t>(LeaveWhy::Migrating)},
       [&](Discipline& d) { d.leave(subject.rq, vcpu, LeaveWhy::Migrating, now_); });
  subject.place = Place::Nowhere;
  check_answers(subject.rq);
  both({.did = Did::Enqueue, .vcpu = vcpu, .rq = to, .with = static_cast<std::uint64_t>(EnqueueWhy::Migrated)},
       [&](Discipline& d) { d.enqueue(to, vcpu, EnqueueWhy::Migrated, now_); });
  ++tried_.migrations;
  subject.place = Place::Waiting;
  subject.rq = to;
}

void ContractWalk::pick(RunqueueId rq) {
  const std::size_t sharer = random_.below(kSharers);
  const Allowed allowed(subjects_, sharer);
  const bool restricted = random_.below(4) != 0;
  picked(rq, PickRequest(now_, id_at<PcpuId>(sharer), restricted ? &allowed : nullptr), restricted ? sharer : kSharers);
}

/// `sharer`: who asks, to be told of; kSharers: somebody who may run all.
std::optional<Pick> ContractWalk::picked(RunqueueId rq, const PickRequest& request, std::size_t sharer) {
  for (std::size_t v = 0; v < kVcpus; ++v)
    if (const auto vcpu = id_at<VcpuId>(v); waits(vcpu, rq)) eligible_at_[vcpu] = one_->eligible_at(vcpu, now_);
  note({.did = Did::Pick, .at = now_, .rq = rq, .with = sharer});
  const std::optional<Pick> pick = one_->pick(rq, request), twin = two_->pick(rq, request);
  check_pick(rq, request, pick);
  const bool alike = pick && twin ? pick->vcpu == twin->vcpu && pick->until == twin->until : !pick && !twin;
  if (!alike) broke(ContractRule::SameAnswers, "two of a kind differ in pick() on " + called(rq));
  if (!pick) return pick;
  last_[(noted_ - 1) % kLastSteps].vcpu = pick->vcpu;
  if (pick->vcpu == kNoVcpu) {
    ++tried_.not_yet;
    return pick;
  }
  ++tried_.picks;
  subjects_[pick->vcpu].place = Place::Running;
  subjects_[pick->vcpu].charged_at = now_;
  return pick;
}

void ContractWalk::check_pick(RunqueueId rq, const PickRequest& request, const std::optional<Pick>& pick) {
  if (!pick || pick->vcpu == kNoVcpu) return check_nobody(rq, request, pick);
  const std::string did = "it picked " + called(pick->vcpu) + " on " + called(rq);
  if (!subjects_.contains(pick->vcpu)) broke(ContractRule::KnownIds, did + "; " + whereabouts(pick->vcpu));
  if (!waits(pick->vcpu, rq)) broke(ContractRule::PickWaits, did + ", which " + whereabouts(pick->vcpu));
  if (!request.allows(pick->vcpu)) broke(ContractRule::PickMayRun, did);
  if (eligible_at_[pick->vcpu] > now_)
    broke(ContractRule::PickIsEligible, did + ", which is eligible in " +
                                            std::to_string(nanoseconds(eligible_at_[pick->vcpu] - now_)) + " ns");
  if (pick->until <= now_)
    broke(ContractRule::SliceIsTime, did + " for " + std::to_string(nanoseconds(pick->until - now_)) + " ns");
}

void ContractWalk::check_nobody(RunqueueId rq, const PickRequest& request, const std::optional<Pick>& pick) const {
  std::size_t dormant = 0;
  VcpuId first = kNoVcpu;  // of whom the asker may run the first to be eligible
  for (std::size_t v = 0; v < kVcpus; ++v) {
    const auto vcpu = id_at<VcpuId>(v);
    if (!waits(vcpu, rq)) continue;
    dormant += eligible_at_[vcpu] > now_;
    if (request.allows(vcpu) && (first == kNoVcpu || eligible_at_[vcpu] < eligible_at_[first])) first = vcpu;
  }
  const std::string may_run = ", and the asker may run " + called(first) + ", which waits on " + called(rq);
  if (!pick && first != kNoVcpu) broke(ContractRule::SomebodyRuns, "it picked nobody" + may_run);
  if (!pick) return;
  if (first == kNoVcpu)
    broke(ContractRule::NobodyYet, "it said so on " + called(rq) + ", where nobody waits whom the asker may run");
  if (eligible_at_[first] <= now_) broke(ContractRule::NobodyYet, "it said so" + may_run);
  const std::string again = std::to_string(nanoseconds(pick->until - now_)) + " ns";
  if (pick->until <= now_) broke(ContractRule::SliceIsTime, "nobody on " + called(rq) + " for " + again);
  if (pick->until > eligible_at_[first])
    broke(ContractRule::LooksAgain, "on " + called(rq) + " it is to be asked again after " + again + ", and " +
                                        called(first) + " is eligible after " +
                                        std::to_string(nanoseconds(eligible_at_[first] - now_)) + " ns");
  const std::size_t counted = one_->dormant(rq, now_);
  if (counted != dormant)
    broke(ContractRule::CountsDormant, "it counts " + std::to_string(counted) + " on " + called(rq) + "; of " +
                                           std::to_string(waiting_on(rq)) + " there " + std::to_string(dormant) +
                                           " are not eligible");
}

void ContractWalk::charge(VcpuId running) {
  Subject& subject = subjects_[running];
  const Duration ran = now_ - subject.charged_at;
  both({.did = Did::Charge, .vcpu = running, .rq = subject.rq, .with = static_cast<std::uint64_t>(nanoseconds(ran))},
       [&](Discipline& d) { d.charge(subject.rq, running, ran, now_); });
  subject.charged_at = now_;
}

void ContractWalk::stop(VcpuId vcpu) {
  Subject& subject = subjects_[vcpu];
  constexpr std::array kWhys{EnqueueWhy::Preempted, EnqueueWhy::SliceEnd, EnqueueWhy::Yield};
  if (random_.below(2) == 0) return block(vcpu, random_.below(4) == 0 ? LeaveWhy::Throttled : LeaveWhy::Blocked);
  charge(vcpu);
  const EnqueueWhy why = kWhys[random_.below(kWhys.size())];
  both({.did = Did::Enqueue, .vcpu = vcpu, .rq = subject.rq, .with = static_cast<std::uint64_t>(why)},
       [&](Discipline& d) { d.enqueue(subject.rq, vcpu, why, now_); });
  ++tried_.enqueues;
  tried_.yields += why == EnqueueWhy::Yield;
  subject.place = Place::Waiting;
}

void ContractWalk::block(VcpuId vcpu, LeaveWhy why) {
  Subject& subject = subjects_[vcpu];
  charge(vcpu);
  both({.did = Did::Leave, .vcpu = vcpu, .rq = subject.rq, .with = static_cast<std::uint64_t>(why)},
       [&](Discipline& d) { d.leave(subject.rq, vcpu, why, now_); });
  ++tried_.blocks;
  subject.place = Place::Nowhere;
}

void ContractWalk::check_answers(RunqueueId rq) const {
  one_->check_invariants(rq);
  const std::size_t waiting = waiting_on(rq);
  for (std::size_t v = 0; v < kVcpus; ++v) {
    const auto vcpu = id_at<VcpuId>(v);
    const bool runs = subjects_[vcpu].place == Place::Running && subjects_[vcpu].rq == rq;
    if (runs && same("urgency_of()", [&](const Discipline& d) { return d.urgency_of(vcpu); }) == kNoUrgency)
      broke(ContractRule::UrgencyOfWaiting, called(vcpu) + " runs on " + called(rq) + " and has none");
  }
  const std::string wait = std::to_string(waiting) + " wait on " + called(rq);
  const std::size_t counted = same("waiting()", [&](const Discipline& d) { return d.waiting(rq); });
  if (counted != waiting) broke(ContractRule::CountsWaiting, "it counts " + std::to_string(counted) + "; " + wait);
  if ((same("urgency()", [&](const Discipline& d) { return d.urgency(rq); }) == kNoUrgency) != (waiting == 0))
    broke(ContractRule::UrgencyOfWaiting, wait);
  check_victims(rq, waiting);
}

void ContractWalk::check_victims(RunqueueId rq, std::size_t waiting) const {
  const auto victims = [&](const Discipline& d, std::size_t room) {
    std::vector<VcpuId> out(room, kNoVcpu);
    const std::size_t found = d.victims(rq, out);
    out.resize(std::min(found, room));
    return out;
  };
  std::vector<VcpuId> all = same("victims()", [&](const Discipline& d) { return victims(d, kVcpus); });
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string did = "it gives away " + called(all[i]) + " from " + called(rq);
    if (!subjects_.contains(all[i])) broke(ContractRule::KnownIds, did + "; " + whereabouts(all[i]));
    if (!waits(all[i], rq)) broke(ContractRule::VictimsWait, did + ", which " + whereabouts(all[i]));
    if (std::find(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), all[i]) !=
        all.begin() + static_cast<std::ptrdiff_t>(i))
      broke(ContractRule::VictimsWait, did + " twice");
  }
  if (all.size() != waiting)
    broke(ContractRule::AllAreVictims, "it gives away " + std::to_string(all.size()) + "; " +
                                           std::to_string(waiting) + " wait on " + called(rq));
  const std::vector<VcpuId> few = victims(*one_, std::min<std::size_t>(waiting, 3));
  all.resize(std::min<std::size_t>(waiting, 3));
  if (few != all)
    broke(ContractRule::VictimsInOrder, "asked for " + std::to_string(all.size()) + " of " + std::to_string(waiting) +
                                            " on " + called(rq) + " it gives others than asked for all");
}

std::size_t ContractWalk::waiting_on(RunqueueId rq) const {
  std::size_t waiting = 0;
  for (std::size_t v = 0; v < kVcpus; ++v) waiting += waits(id_at<VcpuId>(v), rq);
  return waiting;
}

std::string ContractWalk::whereabouts(VcpuId vcpu) const {
  if (!subjects_.contains(vcpu)) return "there are " + std::to_string(kVcpus) + " vCPUs, the first being 0";
  const Subject& subject = subjects_[vcpu];
  if (subject.place == Place::Nowhere) return "is in no runqueue";
  return (subject.place == Place::Waiting ? "waits on " : "runs on ") + called(subject.rq);
}

void ContractWalk::note(Step step) { last_[noted_++ % kLastSteps] = step; }

std::string ContractWalk::told(const Step& step) {
  const std::string on = " on " + called(step.rq), with = std::to_string(step.with), who = called(step.vcpu);
  switch (step.did) {
    case Did::Admit: return "admit " + who + " of weight " + with;
    case Did::Reweigh: return "reweigh " + who + " to " + with;
    case Did::Enqueue: return "enqueue " + who + on + ", " + word_of(static_cast<EnqueueWhy>(step.with));
    case Did::Leave: return "leave " + who + on + ", " + word_of(static_cast<LeaveWhy>(step.with));
    case Did::Charge: return "charge " + who + on + ", " + with + " ns";
    case Did::Pick:
      return "pick" + on + (step.with < kSharers ? " for pCPU " + with + ", which may not run all" : "") + ": " + who;
    case Did::Preempts: return who + on + " preempts vCPU " + with + "?";
  }
  check_failed("every step is told", __builtin_FILE(), __builtin_LINE());
}

std::string ContractWalk::last_steps() const {
  std::string text;
  for (std::uint64_t i = noted_ - std::min<std::uint64_t>(noted_, kLastSteps); i < noted_; ++i) {
    const Step& step = last_[i % kLastSteps];
    text += told_at(step.at, told(step));
  }
  return text;
}

std::string told_at(Time at, const std::string& what) {
  const std::string ns = std::to_string(nanoseconds(at));
  return "  " + std::string(ns.size() < 14 ? 14 - ns.size() : 0, ' ') + ns + " ns  " + what + "\n";
}

ContractReport walk_contract(const ContractWalk::Maker& make, std::uint64_t first_seed, std::uint64_t walks,
                             std::uint64_t steps) {
  ContractReport report;
  for (std::uint64_t i = 0; i < walks && report.breach.empty(); ++i) {
    report.seed = first_seed + i;
    ++report.walks;
    ContractWalk walk(make, report.seed);
    ContractRun run(make, report.seed);
    try {
      for (std::uint64_t at = 0; at < steps; ++at, ++report.steps) walk.step();
      walk.drain();
      run.run(steps);
    } catch (const ContractBreach& breach) {
      report.breach = breach.what();
    } catch (const CheckFailure&) {
      throw;  // of the walk itself
    } catch (const std::exception& thrown) {
      report.breach = std::string("the discipline threw an exception, and may throw none: ") + thrown.what();
    } catch (...) {
      report.breach = "the discipline threw what is no std::exception, and may throw nothing";
    }
    if (!report.breach.empty()) report.last_steps = run.timed() > 0 ? run.last_steps() : walk.last_steps();
    report.tried += walk.tried();
    report.timed += run.timed();
  }
  return report;
}

}  // namespace roost
