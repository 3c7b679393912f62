#include "tests/vmm/executor/interleaving/interleaved_world.hpp"

#include "tests/kit/wild_balancer.hpp"

namespace roost::test {

namespace ctx = boost::context;

namespace {

/// A few looks of a vCPU use it up; its timer brings the vCPU back within the episode.
CapPlan shared_purse() {
  CapPlan plan{.purses = {{.runtime = std::chrono::microseconds(2), .period = std::chrono::microseconds(20)}},
               .purse_of = std::vector<std::uint32_t>(InterleavedWorld::kVcpus, CapPlan::kNone)};
  plan.purse_of[0] = plan.purse_of[1] = 0;
  return plan;
}

}  // namespace

InterleavedWorld::InterleavedWorld(std::uint64_t seed, Policy policy, Rules rules, bool caps)
    : state_(seed * 2 + 1), policy_(std::move(policy)), wild_(policy_.balancer->moves_running()), rules_(rules) {
  std::vector<VcpuTraits> traits(kVcpus, {.allowed = topology_.all()});
  traits.back().allowed = PcpuSet::first(1);
  Actor founder;  // start() asks who calls
  running_ = &founder;
  dispatcher_ = std::make_unique<Dispatcher>(static_cast<World&>(*this), std::move(policy_), topology_, traits,
                                             caps ? shared_purse() : CapPlan{});
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    Actor& actor = actors_[i];
    if (i < kPcpus) actor.pcpu = id_at<PcpuId>(i);
    actor.blocked = i >= kPcpus;
    if (i < kPcpus)
      start(actor, [this](Actor& a) { go_through_pcpu(a); });
    else if (i < kPcpus + kWakers)
      start(actor, [this](Actor& a) { go_through_waker(a); });
    else
      start(actor, [this](Actor& a) { go_through_changer(a); });
  }
  start(founder, [this](Actor&) { dispatcher_->start(clock_); });
  while (!founder.done) {
    running_ = &founder;
    founder.self = std::move(founder.self).resume();
  }
  running_ = nullptr;
}

InterleavedWorld::~InterleavedWorld() {
  stopping_ = true;  // every fiber ends at its next pause, by the exception that Boost.Context unwinds it with
}

void InterleavedWorld::start(Actor& actor, std::function<void(Actor&)> body) {
  actor.self = ctx::fiber([this, &actor, body = std::move(body)](ctx::fiber&& scheduler) {
    actor.scheduler = std::move(scheduler);
    try {
      body(actor);
    } catch (const CheckFailure& failure) {
      failure_ = failure.what();
    }
    actor.done = true;
    return std::move(actor.scheduler);
  });
}

std::string InterleavedWorld::episode() {
  chain_ = 4;
  for (std::size_t i = kPcpus; i < actors_.size(); ++i) {
    actors_[i].to_do = static_cast<int>(i < kPcpus + kWakers ? 1 + draw(3) : draw(16) / 14);
    actors_[i].blocked = false;
  }
  for (;;) {
    std::array<Actor*, kActors> ready;
    std::size_t count = 0;
    for (Actor& actor : actors_)
      if (!actor.blocked && !actor.done) ready[count++] = &actor;
    if (count == 0) return at_rest();
    running_ = ready[draw(count)];
    running_->self = std::move(running_->self).resume();
    ++switches_;
    if (!failure_.empty()) return failure_;
  }
}

std::uint64_t InterleavedWorld::throttled() const {
  RunReport report;
  dispatcher_->fill(report);
  std::uint64_t times = 0;
  for (const VcpuReport& vcpu : report.vcpus) times += vcpu.throttled;
  return times;
}

std::uint64_t InterleavedWorld::sent() const {
  RunReport report;
  dispatcher_->fill(report);
  std::uint64_t vcpus = 0;
  for (const PcpuReport& pcpu : report.pcpus) vcpus += pcpu.sent;
  return vcpus;
}

std::string InterleavedWorld::at_rest() const {
  for (std::size_t v = 0; v < kVcpus; ++v)
    if (lines_[v].raised > 0) return "vCPU " + std::to_string(v) + " has an interrupt, and everybody sleeps";
  try {
    dispatcher_->check_invariants();
  } catch (const CheckFailure& failure) {
    return failure.what();
  }
  return "";
}

std::uint64_t InterleavedWorld::draw(std::uint64_t below) {  // xorshift64*
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  return (state_ * 0x2545f4914f6cdd1dULL >> 33) % below;
}

void InterleavedWorld::pause() {
  if (stopping_) return;  // a lock is released while its fiber is unwound
  Actor& actor = *running_;
  actor.scheduler = std::move(actor.scheduler).resume();
}

void InterleavedWorld::maybe_pause() {
  if (draw(2) == 0) pause();
}

// ---- World --------------------------------------------------------------------------------------------------------

Time InterleavedWorld::now() {
  maybe_pause();
  clock_ += Duration(draw(500));
  if (draw(200) == 0) clock_ += std::chrono::milliseconds(5);  // slices end, periods pass
  return clock_;
}

void InterleavedWorld::acquire(RunqueueId rq) {
  maybe_pause();
  while (held_[index(rq)]) pause();
  held_[index(rq)] = true;
}

void InterleavedWorld::release(RunqueueId rq) {
  held_[index(rq)] = false;
  maybe_pause();
}

void InterleavedWorld::kick(PcpuId target, KickHow) {
  Bell& bell = bells_[index(target)];
  const Word before = bell.word;
  bell.word = Word::Rung;
  maybe_pause();
  if (before == Word::Asleep) actors_[index(target)].blocked = false;
}

bool InterleavedWorld::hand(PcpuId pcpu, VcpuId vcpu, Duration slice) {
  ++handed_;
  maybe_pause();
  bells_[index(pcpu)].message = Message{vcpu, slice};
  maybe_pause();
  return bells_[index(pcpu)].word == Word::Asleep;
}

// ---- a pCPU -------------------------------------------------------------------------------------------------------

void InterleavedWorld::go_through_pcpu(Actor& actor) {
  Bell& bell = bells_[index(actor.pcpu)];
  Dispatcher::Next next = dispatcher_->next(actor.pcpu);
  while (!stopping_) {
    if (next.vcpu == kNoVcpu) {
      next = idle(actor, next.until);
      continue;
    }
    const Exit exit = run(actor.pcpu, next.vcpu, next.until);
    bell.word = Word::Quiet;
    maybe_pause();
    next = dispatcher_->returned(actor.pcpu, exit);
  }
}

Dispatcher::Next InterleavedWorld::idle(Actor& actor, Time until) {
  Bell& bell = bells_[index(actor.pcpu)];
  bell.message.reset();
  maybe_pause();
  bell.awaits = draw(2) == 0;
  bool seen = false;
  if (bell.awaits)
    for (std::uint64_t looks = draw(6); looks > 0 && !seen; --looks) {
      pause();
      seen = bell.message || bell.word != Word::Quiet;
    }
  if (!seen) fall_asleep(actor, bell, until);
  maybe_pause();
  bell.awaits = false;
  if (bell.message) return dispatcher_->take(actor.pcpu, bell.message->vcpu, bell.message->slice, clock_);
  if (rules_.clear_bell_before_looking) bell.word = Word::Quiet;
  maybe_pause();
  const Dispatcher::Next next = dispatcher_->next(actor.pcpu);
  if (!rules_.clear_bell_before_looking) bell.word = Word::Quiet;
  return next;
}

void InterleavedWorld::fall_asleep(Actor& actor, Bell& bell, Time until) {
  maybe_pause();
  if (bell.word != Word::Quiet) return;
  if (!rules_.fall_asleep_in_one_step) maybe_pause();
  bell.word = Word::Asleep;
  maybe_pause();
  if (rules_.look_before_sleeping && bell.message) {
    if (bell.word == Word::Asleep) bell.word = Word::Quiet;
    return;
  }
  maybe_pause();
  if (bell.word != Word::Asleep) return;  // the futex compares and sleeps in one step
  ++slept_;
  if (until != kNever) {  // its timer ends the sleep, sooner or later than a kick
    for (std::uint64_t looks = draw(6); looks > 0 && bell.word == Word::Asleep; --looks) pause();
    clock_ = std::max(clock_, bell.word == Word::Asleep ? until : clock_);
    return;
  }
  actor.blocked = true;
  while (actor.blocked) pause();
}

/// A vCPU that handles one interrupt a look, and halts when it has found none for a while.
Exit InterleavedWorld::run(PcpuId pcpu, VcpuId vcpu, Time until) {
  Line& line = lines_[index(vcpu)];
  check(!line.runs, "a vCPU runs on one pCPU at a time");
  check(dispatcher_->vcpus()[vcpu].traits.allowed.contains(pcpu), "a vCPU runs where it may run");
  line.runs = true;
  Exit exit{.why = ExitWhy::Halted, .retired = 1};
  for (std::uint64_t looks = 1 + draw(3);; --looks) {
    maybe_pause();
    if (bells_[index(pcpu)].word != Word::Quiet) {
      exit.why = ExitWhy::Kicked;
      break;
    }
    if (clock_ >= until) {
      exit.why = ExitWhy::BudgetSpent;
      break;
    }
    if (line.raised > 0) {
      --line.raised;
      if (chain_ > 0 && draw(2) == 0) --chain_, post(id_at<VcpuId>(draw(kVcpus)));
    } else if (looks <= 1) {
      break;
    }
    if (looks <= 1) ++looks;
  }
  line.runs = false;
  maybe_pause();
  return exit;
}

// ---- a waker ------------------------------------------------------------------------------------------------------

void InterleavedWorld::go_through_waker(Actor& actor) {
  while (!stopping_) {
    for (; actor.to_do > 0; --actor.to_do) post(id_at<VcpuId>(draw(kVcpus)));
    actor.blocked = true;
    pause();
  }
}

void InterleavedWorld::go_through_changer(Actor& actor) {
  while (!stopping_) {
    for (; actor.to_do > 0; --actor.to_do) change_something();
    actor.blocked = true;
    pause();
  }
}

void InterleavedWorld::change_something() {
  const auto vcpu = id_at<VcpuId>(draw(kVcpus));
  ++changes_;
  switch (draw(4)) {
    case 0: dispatcher_->set_weight(vcpu, Weight{static_cast<std::uint32_t>(50 + draw(300))}); break;
    case 1: {
      PcpuSet allowed;
      for (std::size_t p = 0; p < kPcpus; ++p)
        if (draw(2) == 0) allowed.insert(id_at<PcpuId>(p));
      if (allowed.empty()) allowed = topology_.all();
      dispatcher_->set_allowed(vcpu, std::move(allowed));
      break;
    }
    case 2: {
      const char* const spec = draw(2) == 0 ? "roost" : "round_robin,balance=push";
      const Granularity same = dispatcher_->runqueue_map().granularity();
      Policy later = std::move(*make_policy(spec, topology_, kVcpus, same));
      dispatcher_->set_policy(wild_ ? kit::gone_wild(std::move(later), kPcpus, draw(1'000'000)) : std::move(later));
      break;
    }
    default: {
      const auto pcpu = id_at<PcpuId>(draw(kPcpus));
      dispatcher_->set_online(pcpu, !dispatcher_->loads().online(pcpu));  // refused while some vCPU needs it
    }
  }
}

void InterleavedWorld::post(VcpuId vcpu) {
  ++lines_[index(vcpu)].raised;
  maybe_pause();
  dispatcher_->wake(vcpu);
}

}  // namespace roost::test
