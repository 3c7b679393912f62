#include "sched/runqueue/runqueue.hpp"

#include <algorithm>

#include "sched/discipline/contract.hpp"

namespace roost {

namespace {

/// What is expected of a vCPU that has never run: neither a sleeper nor a hog.
constexpr Duration kFirstBurst = std::chrono::milliseconds(1);
/// Each finished burst moves the estimate an eighth of the way: a change of habit is believed after about ten bursts.
constexpr std::int64_t kBurstMemory = 8;

bool comes_from_running(EnqueueWhy why) {
  return why == EnqueueWhy::Preempted || why == EnqueueWhy::SliceEnd || why == EnqueueWhy::Yield;
}

}  // namespace

void RunqueueTable::admit(VcpuId vcpu, const VcpuTraits& traits) {
  RunqueueRecord& record = records_[vcpu];
  check(record.place == RunqueuePlace::Unknown, "a vCPU is admitted once");
  check(traits.weight >= kMinWeight && traits.weight <= kMaxWeight, "a vCPU's weight lies in 1 .. 10000");
  record.place = RunqueuePlace::Nowhere;
  record.weight = traits.weight;
  record.burst = kFirstBurst;
  discipline_->admit(vcpu, traits);
}

Runqueue::Runqueue(RunqueueTable& table, RunqueueId id, std::uint32_t capacity)
    : table_(table), discipline_(&table.discipline()), id_(id), capacity_(capacity) {
  check(capacity > 0, "a pCPU has a capacity");
}

void Runqueue::change_discipline(Discipline& discipline, std::uint32_t number) {
  check(idle() && discipline_->waiting(id_) == 0, "a runqueue is empty when its discipline changes");
  discipline_ = &discipline;
  number_ = number;
}

EnqueueWhy Runqueue::admit_anew(VcpuId vcpu, const VcpuTraits& traits, EnqueueWhy why) {
  RunqueueRecord& record = table_[vcpu];
  check(record.place == RunqueuePlace::Nowhere, "a vCPU whose traits or discipline change is in no runqueue");
  check(traits.weight >= kMinWeight && traits.weight <= kMaxWeight, "a vCPU's weight lies in 1 .. 10000");
  record.weight = traits.weight;
  if (record.discipline == number_) {
    discipline_->reweigh(vcpu, traits.weight);
    return why;
  }
  record.discipline = number_;
  discipline_->admit(vcpu, traits);
  return EnqueueWhy::Fork;
}

void Runqueue::enqueue(VcpuId vcpu, EnqueueWhy why, Time now) {
  RunqueueRecord& record = table_[vcpu];
  if (comes_from_running(why)) {
    check(running_ == vcpu, "a vCPU that is preempted, yields or ends its slice was running on this runqueue");
    // A preempted burst was cut short: it says that the vCPU wants at least this much, not that this is what it wants.
    stop_running(record, why != EnqueueWhy::Preempted);
  } else {
    check(record.place == RunqueuePlace::Nowhere, "a vCPU that is enqueued is in no runqueue yet");
    check(record.discipline == number_, "a vCPU that is enqueued is known to the discipline");
    record.runqueue = id_;
    weight_ += static_cast<std::uint64_t>(value(record.weight));
  }
  record.place = RunqueuePlace::Waiting;
  ++waiting_;
  waiting_bursts_ += record.burst;
  discipline_->enqueue(id_, vcpu, why, now);
}

void Runqueue::leave(VcpuId vcpu, LeaveWhy why, Time now) {
  RunqueueRecord& record = table_[vcpu];
  if (why == LeaveWhy::Migrating) {
    check(record.place == RunqueuePlace::Waiting && record.runqueue == id_, "a vCPU that migrates waited here");
    --waiting_;
    waiting_bursts_ -= record.burst;
  } else {
    check(running_ == vcpu, "a vCPU that blocks, finishes or is throttled was running on this runqueue");
    stop_running(record, why != LeaveWhy::Throttled);
  }
  discipline_->leave(id_, vcpu, why, now);
  weight_ -= static_cast<std::uint64_t>(value(record.weight));
  record.runqueue = kNoRunqueue;
  record.place = why == LeaveWhy::Finished ? RunqueuePlace::Finished : RunqueuePlace::Nowhere;
}

std::optional<Pick> Runqueue::pick(Time now) {
  check(running_ == kNoVcpu, "a pCPU runs one vCPU at a time");
  const std::optional<Pick> pick = discipline_->pick(id_, now);
  if (pick.has_value() != (waiting_ > 0)) [[unlikely]] broke_pick(pick, now);
  if (!pick) return pick;
  if (pick->until <= now) [[unlikely]] broke_pick(pick, now);
  if (pick->vcpu == kNoVcpu) {
    if (discipline_->dormant(id_, now) != waiting_) [[unlikely]] broke_pick(pick, now);
    return pick;
  }
  if (!waits_here(pick->vcpu)) [[unlikely]] broke_pick(pick, now);
  RunqueueRecord& record = table_[pick->vcpu];
  --waiting_;
  waiting_bursts_ -= record.burst;
  record.place = RunqueuePlace::Running;
  record.ran = Duration{0};
  running_ = pick->vcpu;
  picked_at_ = now;
  slice_ = pick->until - now;
  return pick;
}

void Runqueue::charge(VcpuId running, Duration ran, Time now) {
  check(running_ == running, "a charged vCPU runs on this runqueue");
  check(ran >= Duration{0}, "time runs forward");
  table_[running].ran += ran;
  discipline_->charge(id_, running, ran, now);
}

bool Runqueue::preempts(VcpuId waiting, VcpuId running, Time now) const {
  check(running_ == running, "a vCPU that may be preempted runs on this runqueue");
  const RunqueueRecord& record = table_[waiting];
  check(record.place == RunqueuePlace::Waiting && record.runqueue == id_, "a vCPU that may preempt waits here");
  return discipline_->preempts(id_, waiting, running, now);
}

std::size_t Runqueue::victims(std::span<VcpuId> out) const {
  const std::size_t found = discipline_->victims(id_, out);
  bool kept = found == std::min<std::size_t>(out.size(), waiting_);
  for (std::size_t i = 0; kept && i < found; ++i) kept = waits_here(out[i]);
  if (!kept) [[unlikely]] broke_victims(out.first(std::min(found, out.size())), out.size());
  return found;
}

LoadSnapshot Runqueue::snapshot(Time now) const {
  const bool runs = running_ != kNoVcpu;
  const auto dormant = static_cast<std::uint32_t>(discipline_->dormant(id_, now));
  return {.running = runs ? 1u : 0u,
          .waiting = waiting_,
          .dormant = dormant,
          .weight = weight_,
          .backlog = (dormant < waiting_ ? waiting_bursts_ : Duration{0}) + expected_rest(now),
          .urgency_running = runs ? discipline_->urgency_of(running_) : kNoUrgency,
          .urgency_waiting = discipline_->urgency(id_),
          .capacity = capacity_,
          .stamp = now};
}

void Runqueue::stop_running(RunqueueRecord& record, bool ran_its_burst) {
  const Duration burst = std::min(record.ran, slice_);
  if (ran_its_burst || burst > record.burst) record.burst += (burst - record.burst) / kBurstMemory;
  running_ = kNoVcpu;
}

[[gnu::cold]] void Runqueue::broke_pick(const std::optional<Pick>& pick, Time now) const {
  const std::string wait = std::to_string(waiting_) + " wait on " + called(id_);
  if (!pick) break_contract(*discipline_, ContractRule::SomebodyRuns, "it picked nobody, and " + wait);
  if (pick->vcpu == kNoVcpu && pick->until > now)
    break_contract(*discipline_, ContractRule::NobodyYet,
                   "it says that nobody may run yet, and that " + std::to_string(discipline_->dormant(id_, now)) +
                       " may not; " + wait);
  const std::string picked = "it picked " + called(pick->vcpu) + " on " + called(id_);
  if (pick->vcpu != kNoVcpu && !table_.contains(pick->vcpu))
    break_contract(*discipline_, ContractRule::KnownIds, picked + "; " + whereabouts(pick->vcpu));
  if (pick->vcpu != kNoVcpu && !waits_here(pick->vcpu))
    break_contract(*discipline_, ContractRule::PickWaits, picked + ", which " + whereabouts(pick->vcpu));
  break_contract(*discipline_, ContractRule::SliceIsTime,
                 picked + " for " + std::to_string(nanoseconds(pick->until - now)) + " ns");
}

[[gnu::cold]] void Runqueue::broke_victims(std::span<const VcpuId> victims, std::size_t room) const {
  for (const VcpuId victim : victims) {
    if (!table_.contains(victim))
      break_contract(*discipline_, ContractRule::KnownIds,
                     "it gives away " + called(victim) + " from " + called(id_) + "; " + whereabouts(victim));
    if (!waits_here(victim))
      break_contract(*discipline_, ContractRule::VictimsWait,
                     "it gives away " + called(victim) + " from " + called(id_) + ", which " + whereabouts(victim));
  }
  break_contract(*discipline_, ContractRule::AllAreVictims,
                 "asked for " + std::to_string(room) + " it gives away " + std::to_string(victims.size()) + "; " +
                     std::to_string(waiting_) + " wait on " + called(id_));
}

/// What is to be said of one who should wait here.
std::string Runqueue::whereabouts(VcpuId vcpu) const {
  if (!table_.contains(vcpu)) return "there are " + std::to_string(table_.size()) + " vCPUs, the first being 0";
  const RunqueueRecord& record = table_[vcpu];
  switch (record.place) {
    case RunqueuePlace::Waiting: return "waits on " + called(record.runqueue);
    case RunqueuePlace::Running: return "runs on " + called(record.runqueue);
    case RunqueuePlace::Finished: return "has finished";
    case RunqueuePlace::Nowhere:
    case RunqueuePlace::Unknown: break;
  }
  return "is in no runqueue";
}

/// How much longer the running vCPU is expected to run.
Duration Runqueue::expected_rest(Time now) const {
  if (running_ == kNoVcpu) return Duration{0};
  const Duration expected = std::min(table_[running_].burst, slice_);
  return std::max(expected - (now - picked_at_), Duration{0});
}

IdVector<RunqueueId, RunqueueBooks> RunqueueTable::books(std::size_t count) const {
  IdVector<RunqueueId, RunqueueBooks> books(count);
  for (const RunqueueRecord& record : records_) {
    if (!books.contains(record.runqueue)) continue;
    RunqueueBooks& of = books[record.runqueue];
    of.weight += static_cast<std::uint64_t>(value(record.weight));
    of.least_discipline = std::min(of.least_discipline, record.discipline);
    of.most_discipline = std::max(of.most_discipline, record.discipline);
    if (record.place != RunqueuePlace::Waiting) continue;
    ++of.waiting;
    of.waiting_bursts += record.burst;
  }
  return books;
}

void Runqueue::check_count() const {
  if (discipline_->waiting(id_) != waiting_)
    break_contract(*discipline_, ContractRule::CountsWaiting,
                   "it counts " + std::to_string(discipline_->waiting(id_)) + " on " + called(id_) + "; " +
                       std::to_string(waiting_) + " wait there");
}

void Runqueue::check_invariants(const RunqueueBooks& by_records) const {
  check(by_records.waiting == waiting_, "the waiting count is that of the waiting vCPUs");
  check(by_records.weight == weight_, "the weight is the sum over waiting and running vCPUs");
  check(by_records.waiting_bursts == waiting_bursts_, "the backlog is the sum over waiting vCPUs");
  check(idle() || (by_records.least_discipline == number_ && by_records.most_discipline == number_),
        "the discipline knows everyone here");
  check_count();
  check(running_ == kNoVcpu || table_[running_].place == RunqueuePlace::Running, "what runs here is marked so");
  discipline_->check_invariants(id_);
}

}  // namespace roost
