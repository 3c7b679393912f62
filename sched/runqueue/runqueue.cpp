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

Runqueue::Runqueue(RunqueueTable& table, RunqueueId id, std::uint32_t capacity, std::uint16_t pcpus)
    : table_(table),
      discipline_(&table.discipline()),
      id_(id),
      capacity_(capacity),
      most_(pcpus),
      pcpus_(pcpus),
      shared_(pcpus > 1 ? pcpus : 0) {
  check(capacity > 0 && pcpus > 0, "a runqueue has a pCPU, and that a capacity");
}

void Runqueue::set_online(std::uint16_t pcpus, std::uint32_t capacity) {
  check(capacity > 0 && pcpus <= most_, "a runqueue keeps its pCPUs");
  pcpus_ = pcpus;
  capacity_ = capacity;
}

void Runqueue::change_discipline(Discipline& discipline, std::uint32_t number) {
  check(idle() && discipline_->waiting(id_) == 0, "a runqueue is empty when its discipline changes");
  discipline_ = &discipline;
  number_ = number;
}

void Runqueue::average_weight(LoadMemory memory, Time now) {
  Averages averages = averages_ ? *averages_ : Averages{};
  if (memory == averages.weight.memory()) return;
  averages.weight = LoadAverage(memory, now);
  keep(averages);
}

void Runqueue::average_utilisation(LoadMemory memory, Time now) {
  Averages averages = averages_ ? *averages_ : Averages{};
  if (memory == averages.busy.memory()) return;
  averages.busy = LoadAverage(memory, now);
  averages.in_use = 0;
  keep(averages);
}

void Runqueue::keep(const Averages& averages) {
  const bool any = averages.weight.on() || averages.busy.on();
  averages_ = any ? std::make_unique<Averages>(averages) : nullptr;
}

/// Who runs changes only between two publications, so what ran at the last one has run until now.
void Runqueue::put_averages(LoadSnapshot& load) {
  auto& [weight, busy, in_use] = *averages_;
  if (weight.on() && load.runnable() > 0) load.weight = weight.at(weight_, load.stamp);
  if (!busy.on()) return;
  busy.advance(in_use, load.stamp);
  in_use = running_ * (capacity_ / std::max<std::uint32_t>(pcpus_, 1)) / std::max<std::uint32_t>(pcpus_, 1);
  load.utilisation = static_cast<std::uint16_t>(std::min<std::uint64_t>(busy.at(in_use, load.stamp), UINT16_MAX));
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
    check(runs_here(record), "a vCPU that is preempted, yields or ends its slice was running on this runqueue");
    // A preempted burst was cut short: it says that the vCPU wants at least this much, not that this is what it wants.
    stop_running(record, why != EnqueueWhy::Preempted);
    record.ran_until = now;
  } else {
    check(record.place == RunqueuePlace::Nowhere, "a vCPU that is enqueued is in no runqueue yet");
    check(record.discipline == number_, "a vCPU that is enqueued is known to the discipline");
    record.runqueue = id_;
    if (averages_) averages_->weight.advance(weight_, now);
    weight_ += static_cast<std::uint64_t>(value(record.weight));
  }
  record.place = RunqueuePlace::Waiting;
  record.waits_since = now;
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
    check(runs_here(record), "a vCPU that blocks, finishes or is throttled was running on this runqueue");
    stop_running(record, why != LeaveWhy::Throttled);
    record.ran_until = now;
  }
  discipline_->leave(id_, vcpu, why, now);
  if (averages_) averages_->weight.advance(weight_, now);
  weight_ -= static_cast<std::uint64_t>(value(record.weight));
  record.runqueue = kNoRunqueue;
  record.place = why == LeaveWhy::Finished ? RunqueuePlace::Finished : RunqueuePlace::Nowhere;
}

std::optional<Pick> Runqueue::pick(const PickRequest& request) {
  check(running_ < most_, "a pCPU runs one vCPU at a time");
  const bool everyone = request.may_run == nullptr;
  const std::optional<Pick> pick = discipline_->pick(id_, request);
  if (pick.has_value() ? waiting_ == 0 : waiting_ > 0 && everyone) [[unlikely]] broke_pick(pick, request);
  if (!pick) return pick;
  if (pick->until <= request.now) [[unlikely]] broke_pick(pick, request);
  if (pick->vcpu == kNoVcpu) {
    if (everyone && discipline_->dormant(id_, request.now) != waiting_) [[unlikely]] broke_pick(pick, request);
    return pick;
  }
  if (!waits_here(pick->vcpu) || !request.allows(pick->vcpu)) [[unlikely]] broke_pick(pick, request);
  start_running(table_[pick->vcpu], *pick, request.now);
  return pick;
}

void Runqueue::charge(VcpuId running, Duration ran, Time now) {
  RunqueueRecord& record = table_[running];
  check(runs_here(record), "a charged vCPU runs on this runqueue");
  check(ran >= Duration{0}, "time runs forward");
  record.ran += ran;
  discipline_->charge(id_, running, ran, now);
}

bool Runqueue::preempts(VcpuId waiting, VcpuId running, Time now) const {
  check(runs_here(table_[running]), "a vCPU that may be preempted runs on this runqueue");
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

LoadSnapshot Runqueue::snapshot(Time now, std::uint16_t called) const {
  const auto dormant = static_cast<std::uint32_t>(discipline_->dormant(id_, now));
  LoadSnapshot load{.running = running_,
                    .waiting = waiting_,
                    .dormant = dormant,
                    .weight = weight_,
                    .backlog = dormant < waiting_ ? waiting_bursts_ : Duration{0},
                    .urgency_waiting = discipline_->urgency(id_),
                    .capacity = capacity_,
                    .stamp = now,
                    .pcpus = pcpus_,
                    .called = called};
  if (most_ > 1) [[unlikely]] {
    add_running(load);
  } else if (running_ > 0) {
    load.backlog += std::max(only_.ends - now, Duration{0});
    load.urgency_running = discipline_->urgency_of(only_.vcpu);
  }
  return load;
}

/// Where several pCPUs serve: what is left of those that run and what those that wait are expected to want, divided
/// among them; nothing where a pCPU is free. With nobody waiting, the first to stop makes room.
void Runqueue::add_running(LoadSnapshot& load) const {
  Duration first = Duration::max();
  for (const Running& each : running()) {
    const Duration rest = std::max(each.ends - load.stamp, Duration{0});
    load.backlog += rest;
    first = std::min(first, rest);
    const Urgency urgency = discipline_->urgency_of(each.vcpu);
    if (load.urgency_running == kNoUrgency || urgency < load.urgency_running) load.urgency_running = urgency;
  }
  if (load.idle()) load.backlog = Duration{0};
  else if (load.ready() == 0 && running_ > 0) load.backlog = first;
  else load.backlog /= std::max<std::int64_t>(pcpus_, 1);
}

void Runqueue::start_running(RunqueueRecord& record, const Pick& pick, Time now) {
  --waiting_;
  waiting_bursts_ -= record.burst;
  record.place = RunqueuePlace::Running;
  record.longest_wait = std::max(record.longest_wait, now - record.waits_since);
  record.ran = Duration{0};
  record.runs_as = running_;
  const Duration slice = pick.until - now;
  places()[running_++] = {.vcpu = pick.vcpu, .ends = now + std::min(record.burst, slice), .slice = slice};
}

void Runqueue::stop_running(RunqueueRecord& record, bool ran_its_burst) {
  Running& place = places()[record.runs_as];
  const Duration burst = std::min(record.ran, place.slice);
  if (ran_its_burst || burst > record.burst) record.burst += (burst - record.burst) / kBurstMemory;
  if (record.runs_as == --running_) return;
  place = places()[running_];  // the last of them takes its place
  table_[place.vcpu].runs_as = record.runs_as;
}

[[gnu::cold]] void Runqueue::broke_pick(const std::optional<Pick>& pick, const PickRequest& request) const {
  const std::string wait = std::to_string(waiting_) + " wait on " + called(id_);
  if (!pick) break_contract(*discipline_, ContractRule::SomebodyRuns, "it picked nobody, and " + wait);
  if (pick->vcpu == kNoVcpu && pick->until > request.now)
    break_contract(*discipline_, ContractRule::NobodyYet,
                   "it says that nobody may run yet, and that " +
                       std::to_string(discipline_->dormant(id_, request.now)) + " may not; " + wait);
  const std::string picked = "it picked " + called(pick->vcpu) + " on " + called(id_);
  if (pick->vcpu != kNoVcpu && !table_.contains(pick->vcpu))
    break_contract(*discipline_, ContractRule::KnownIds, picked + "; " + whereabouts(pick->vcpu));
  if (pick->vcpu != kNoVcpu && !waits_here(pick->vcpu))
    break_contract(*discipline_, ContractRule::PickWaits, picked + ", which " + whereabouts(pick->vcpu));
  if (pick->vcpu != kNoVcpu && !request.allows(pick->vcpu))
    break_contract(*discipline_, ContractRule::PickMayRun,
                   picked + ", which may not run on pCPU " + std::to_string(index(request.pcpu)) + ", which asked");
  break_contract(*discipline_, ContractRule::SliceIsTime,
                 picked + " for " + std::to_string(nanoseconds(pick->until - request.now)) + " ns");
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

IdVector<RunqueueId, RunqueueBooks> RunqueueTable::books(std::size_t count) const {
  IdVector<RunqueueId, RunqueueBooks> books(count);
  for (const RunqueueRecord& record : records_) {
    if (!books.contains(record.runqueue)) continue;
    RunqueueBooks& of = books[record.runqueue];
    of.weight += static_cast<std::uint64_t>(value(record.weight));
    of.least_discipline = std::min(of.least_discipline, record.discipline);
    of.most_discipline = std::max(of.most_discipline, record.discipline);
    of.running += record.place == RunqueuePlace::Running;
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
  check(by_records.running == running_, "the running count is that of the running vCPUs");
  for (std::size_t i = 0; i < running_; ++i) {
    const RunqueueRecord& record = table_[running()[i].vcpu];
    check(runs_here(record) && record.runs_as == i, "what runs here is marked so");
  }
  discipline_->check_invariants(id_);
}

}  // namespace roost
