#include "sched/gate/seats.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "sched/vocabulary/check.hpp"

namespace roost {

SeatNeed seat_need(const CbsServer& server, Time now) {
  CbsServer then = server;
  then.settle(now);
  const bool behind = then.is_behind(now);
  if (then.asleep() && behind) return {.room = then.share()};
  return {.room = behind ? std::max(then.rate(now), then.share()) : then.share(), .until = then.deadline(),
          .frees_at_once = behind};
}

Seats::Seats(const IdVector<PcpuId, std::uint32_t>& capacities, std::span<const VcpuTraits> vcpus,
             IdVector<PcpuId, RunqueueId> runqueues, std::vector<PcpuSet> pools)
    : runqueues_(std::move(runqueues)), online_(PcpuSet::first(capacities.size())), pools_(std::move(pools)) {
  for (std::size_t p = runqueues_.size(); p < capacities.size(); ++p) runqueues_.push_back(id_at<RunqueueId>(p));
  for (std::size_t p = 0; p < capacities.size(); ++p) {
    const auto pcpu = id_at<PcpuId>(p);
    if (index(runqueues_[pcpu]) >= benches_.size()) benches_.resize(index(runqueues_[pcpu]) + 1);
    Bench& bench = benches_[runqueues_[pcpu]];
    const Share most = most_of(capacities[pcpu]);
    bench.most = bench.pcpus.empty() ? most : std::min(bench.most, most);
    bench.pcpus.push_back(pcpu);
    ++bench.online;
  }
  for (const VcpuTraits& of : vcpus) {
    Sitter sitter;
    if (of.reservation.budget > Duration{0})
      sitter = {.share = CbsServer(of.reservation).share(), .allowed = of.allowed};
    vcpus_.push_back(std::move(sitter));
  }
}

PcpuId Seats::seat(VcpuId vcpu) const {
  if (vcpus_[vcpu].seat == kNoRunqueue) return kNoPcpu;
  for (const PcpuId pcpu : benches_[vcpus_[vcpu].seat].pcpus)
    if (online_.contains(pcpu)) return pcpu;
  check_failed("a seat is where some pCPU is online", __FILE__, __LINE__);
}

/// Beside those who are seated, if the greatest share is that; below 0: less than nothing.
Share Seats::left(const Bench& bench, Share greatest) {
  if (bench.online == 0) return -1;
  if (!bench.each.empty()) greatest = std::max(greatest, bench.each.front());
  return bench.most * bench.online - greatest * (bench.online - 1) - bench.shares;
}

/// For one who needs `whole`, at `now`.
Share Seats::room(const Bench& bench, Share whole, Time now) {
  Share taken = 0;
  for (const Taken& each : bench.taken) {
    if (each.until <= now) continue;
    taken += each.share;
    whole = std::max(whole, each.whole);
  }
  return left(bench, whole) - taken;
}

/// The greatest share that fits there: no greater than the greatest that is there, or greater than all.
Share Seats::most_for_one(const Bench& bench) {
  const Share beside = left(bench, 0), greatest = bench.each.empty() ? 0 : bench.each.front();
  return beside <= greatest ? beside : (bench.most * bench.online - bench.shares) / bench.online;
}

void Seats::sit_down(Bench& bench, Share share) {
  bench.shares += share;
  if (bench.pcpus.size() > 1)
    bench.each.insert(std::ranges::upper_bound(bench.each, share, std::greater<>()), share);
}

void Seats::stand_up(Bench& bench, Share share) {
  bench.shares -= share;
  if (bench.pcpus.size() > 1) bench.each.erase(std::ranges::lower_bound(bench.each, share, std::greater<>()));
}

/// What somebody had there stays taken until then.
void Seats::free(Bench& bench, Share share, Time until) {
  stand_up(bench, share);
  bench.taken.push_back({share, share, until});
  bench.roomy_since = std::max(bench.roomy_since, until);
}

bool Seats::may_sit(const Sitter& sitter, const Bench& bench) const {
  return std::ranges::all_of(bench.pcpus, [&](PcpuId pcpu) { return sitter.allowed.contains(pcpu); });
}

bool Seats::fits(VcpuId vcpu, PcpuId to, const SeatNeed& need, Time now) const {
  const Sitter& sitter = vcpus_[vcpu];
  const Bench& there = benches_[runqueues_[to]];
  return sits_at(vcpu, to) || (may_sit(sitter, there) && room(there, need.room, now) >= need.room);
}

bool Seats::take(VcpuId vcpu, PcpuId to, const SeatNeed& need, Time now) {
  Sitter& sitter = vcpus_[vcpu];
  if (sits_at(vcpu, to)) return true;
  if (!fits(vcpu, to, need, now)) return false;
  free(benches_[sitter.seat], sitter.share, need.frees_at_once ? now : need.until);
  Bench& there = benches_[runqueues_[to]];
  std::erase_if(there.taken, [now](const Taken& taken) { return taken.until <= now; });
  if (need.room > sitter.share) {
    there.taken.push_back({need.room - sitter.share, need.room, need.until});
    there.roomy_since = std::max(there.roomy_since, need.until);
  }
  sit_down(there, sitter.share);
  sitter.seat = runqueues_[to];
  return true;
}

PcpuSet Seats::where(VcpuId vcpu, const SeatNeed& need, Time now) const {
  PcpuSet places;
  vcpus_[vcpu].allowed.for_each([&](PcpuId pcpu) {
    if (fits(vcpu, pcpu, need, now)) places.insert(pcpu);
  });
  return places;
}

void Seats::finish(VcpuId vcpu, Time until) {
  Sitter& sitter = vcpus_[vcpu];
  free(benches_[sitter.seat], std::exchange(sitter.share, 0), until);
  sitter.seat = kNoRunqueue;
}

std::optional<NoSeat> Seats::set_allowed(VcpuId vcpu, PcpuSet allowed, Time now, std::vector<VcpuId>* moved) {
  Seats next = *this;
  next.vcpus_[vcpu].allowed = std::move(allowed);
  return adopt(std::move(next), now, moved);
}

std::optional<NoSeat> Seats::set_online(PcpuId pcpu, bool online, Time now, std::vector<VcpuId>* moved) {
  Seats next = *this;
  Bench& bench = next.benches_[runqueues_[pcpu]];
  bench.online += static_cast<int>(online) - static_cast<int>(online_.contains(pcpu));
  bench.roomy_since = now;
  if (online) next.online_.insert(pcpu);
  else next.online_.erase(pcpu);
  return adopt(std::move(next), now, moved);
}

std::optional<NoSeat> Seats::adopt(Seats next, Time now, std::vector<VcpuId>* moved) {
  if (auto refused = next.reseat(now)) return refused;
  for (std::size_t v = 0; moved != nullptr && v < vcpus_.size(); ++v)
    if (next.vcpus_[id_at<VcpuId>(v)].seat != vcpus_[id_at<VcpuId>(v)].seat) moved->push_back(id_at<VcpuId>(v));
  *this = std::move(next);
  return std::nullopt;
}

bool Seats::can_stay(const Sitter& sitter) const {
  if (sitter.seat == kNoRunqueue) return false;
  const Bench& bench = benches_[sitter.seat];
  return bench.online > 0 && left(bench, 0) >= 0 && may_sit(sitter, bench);
}

void Seats::get_up(Sitter& sitter) {
  if (sitter.seat == kNoRunqueue) return;
  stand_up(benches_[std::exchange(sitter.seat, kNoRunqueue)], sitter.share);
}

/// Those without a seat who want one, the largest share first.
std::vector<VcpuId> Seats::without_seat() const {
  std::vector<VcpuId> order;
  for (std::size_t v = 0; v < vcpus_.size(); ++v) {
    const Sitter& sitter = vcpus_[id_at<VcpuId>(v)];
    if (sitter.share > 0 && sitter.seat == kNoRunqueue) order.push_back(id_at<VcpuId>(v));
  }
  std::ranges::stable_sort(order, [this](VcpuId a, VcpuId b) { return vcpus_[a].share > vcpus_[b].share; });
  return order;
}

/// A change begins with a clean slate: what is only still taken does not count.
std::optional<NoSeat> Seats::reseat(Time now) {
  for (Bench& bench : benches_) {
    if (!bench.taken.empty()) bench.roomy_since = now;
    bench.taken.clear();
  }
  for (Sitter& sitter : vcpus_)
    if (!can_stay(sitter)) get_up(sitter);
  if (!seat_all(without_seat(), Fit::MostRoom)) return std::nullopt;

  const auto all_up = [this] {
    for (Sitter& sitter : vcpus_) get_up(sitter);
  };
  all_up();
  for (Bench& bench : benches_) bench.roomy_since = now;
  std::vector<VcpuId> order = without_seat();
  const auto first = seat_all(order, Fit::MostRoom);
  if (!first) return std::nullopt;
  all_up();
  if (!seat_all(order, Fit::LeastRoom)) return std::nullopt;
  all_up();
  std::ranges::stable_sort(order, {}, [this](VcpuId v) { return vcpus_[v].allowed.count(); });
  return seat_all(order, Fit::LeastRoom) ? first : std::nullopt;
}

/// The first of `order` that finds no seat; those before it have theirs.
std::optional<NoSeat> Seats::seat_all(std::span<const VcpuId> order, Fit fit) {
  for (const VcpuId vcpu : order) {
    Sitter& sitter = vcpus_[vcpu];
    const RunqueueId chosen = choose(sitter, fit);
    if (chosen == kNoRunqueue) return refusal(vcpu);
    sitter.seat = chosen;
    sit_down(benches_[chosen], sitter.share);
  }
  return std::nullopt;
}

RunqueueId Seats::choose(const Sitter& sitter, Fit fit) const {
  RunqueueId best = kNoRunqueue;
  Share room_there = 0;
  for (std::size_t i = 0; i < benches_.size(); ++i) {
    const Bench& bench = benches_[id_at<RunqueueId>(i)];
    const Share here = left(bench, sitter.share);
    if (here < sitter.share || !may_sit(sitter, bench)) continue;
    if (best != kNoRunqueue && (fit == Fit::MostRoom ? here <= room_there : here >= room_there)) continue;
    best = id_at<RunqueueId>(i);
    room_there = here;
  }
  return best;
}

NoSeat Seats::refusal(VcpuId vcpu) const {
  const Sitter& refused = vcpus_[vcpu];
  NoSeat why{.vcpu = vcpu, .asked = refused.share, .among = {}, .in_pool = !pools_.empty()};
  const auto pool = std::ranges::find_if(pools_, [&](const PcpuSet& of) {
    return of.contains(refused.allowed.first_member());
  });
  const auto in_pool = [&](PcpuId pcpu) { return pool == pools_.end() || pool->contains(pcpu); };
  refused.allowed.for_each([&](PcpuId pcpu) {
    if (online_.contains(pcpu)) why.among.push_back(pcpu);
  });
  for (const Bench& bench : benches_) {
    if (in_pool(bench.pcpus.front())) why.all_offered += bench.most * bench.online;
    if (bench.online == 0 || !may_sit(refused, bench)) continue;
    why.sharing = std::max(why.sharing, static_cast<std::size_t>(bench.online));
    const Share room_there = std::max<Share>(most_for_one(bench), 0);
    if (why.roomiest != kNoPcpu && room_there <= why.room) continue;
    why.roomiest = *std::ranges::find_if(bench.pcpus, [&](PcpuId pcpu) { return online_.contains(pcpu); });
    why.room = room_there;
  }
  for (const Sitter& sitter : vcpus_)
    if (sitter.share > 0 && in_pool(sitter.allowed.first_member())) why.all_asked += sitter.share;
  return why;
}

void Seats::check_invariants() const {
  IdVector<RunqueueId, Share> shares(benches_.size());
  for (const Sitter& sitter : vcpus_) {
    check((sitter.share > 0) == (sitter.seat != kNoRunqueue), "whoever has a reservation has a seat");
    if (sitter.share == 0) continue;
    check(can_stay(sitter), "a seat is where pCPUs are online, all of which the vCPU may use");
    shares[sitter.seat] += sitter.share;
  }
  for (std::size_t i = 0; i < benches_.size(); ++i) {
    const Bench& bench = benches_[id_at<RunqueueId>(i)];
    check(shares[id_at<RunqueueId>(i)] == bench.shares, "a runqueue's shares are those of the vCPUs seated there");
    check(bench.shares == 0 || left(bench, 0) >= 0, "no runqueue has promised more than it can keep");
    check(std::ranges::is_sorted(bench.each, std::greater<>()), "the greatest share of a runqueue comes first");
  }
}

}  // namespace roost
