#include "sched/gate/seats.hpp"

#include <algorithm>
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

Seats::Seats(const IdVector<PcpuId, std::uint32_t>& capacities, std::span<const VcpuTraits> vcpus) {
  for (const std::uint32_t capacity : capacities) pcpus_.push_back({.most = most_of(capacity), .taken = {}});
  for (const VcpuTraits& of : vcpus) {
    Sitter sitter;
    if (of.reservation.budget > Duration{0})
      sitter = {.share = CbsServer(of.reservation).share(), .allowed = of.allowed};
    vcpus_.push_back(std::move(sitter));
  }
}

Share Seats::room(const Bench& bench, Time now) const {
  if (!bench.online) return 0;
  Share left = bench.most - bench.shares;
  for (const Taken& taken : bench.taken)
    if (taken.until > now) left -= taken.share;
  return left;
}

bool Seats::fits(VcpuId vcpu, PcpuId to, const SeatNeed& need, Time now) const {
  const Sitter& sitter = vcpus_[vcpu];
  return sitter.seat == to || (sitter.allowed.contains(to) && room(pcpus_[to], now) >= need.room);
}

bool Seats::take(VcpuId vcpu, PcpuId to, const SeatNeed& need, Time now) {
  Sitter& sitter = vcpus_[vcpu];
  if (sitter.seat == to) return true;
  if (!fits(vcpu, to, need, now)) return false;
  free(sitter.seat, sitter.share, need.frees_at_once ? now : need.until);
  Bench& there = pcpus_[to];
  std::erase_if(there.taken, [now](const Taken& taken) { return taken.until <= now; });
  if (need.room > sitter.share) {
    there.taken.push_back({need.room - sitter.share, need.until});
    there.roomy_since = std::max(there.roomy_since, need.until);
  }
  there.shares += sitter.share;
  sitter.seat = to;
  return true;
}

/// What somebody had there stays taken until then.
void Seats::free(PcpuId pcpu, Share share, Time until) {
  Bench& bench = pcpus_[pcpu];
  bench.shares -= share;
  bench.taken.push_back({share, until});
  bench.roomy_since = std::max(bench.roomy_since, until);
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
  free(sitter.seat, std::exchange(sitter.share, 0), until);
  sitter.seat = kNoPcpu;
}

std::optional<NoSeat> Seats::set_allowed(VcpuId vcpu, PcpuSet allowed, Time now, std::vector<VcpuId>* moved) {
  Seats next = *this;
  next.vcpus_[vcpu].allowed = std::move(allowed);
  return adopt(std::move(next), now, moved);
}

std::optional<NoSeat> Seats::set_online(PcpuId pcpu, bool online, Time now, std::vector<VcpuId>* moved) {
  Seats next = *this;
  next.pcpus_[pcpu].online = online;
  next.pcpus_[pcpu].roomy_since = now;
  return adopt(std::move(next), now, moved);
}

std::optional<NoSeat> Seats::adopt(Seats next, Time now, std::vector<VcpuId>* moved) {
  if (auto refused = next.reseat(now)) return refused;
  for (std::size_t v = 0; moved != nullptr && v < vcpus_.size(); ++v)
    if (next.seat(id_at<VcpuId>(v)) != seat(id_at<VcpuId>(v))) moved->push_back(id_at<VcpuId>(v));
  *this = std::move(next);
  return std::nullopt;
}

bool Seats::can_stay(const Sitter& sitter) const {
  return sitter.seat != kNoPcpu && pcpus_[sitter.seat].online && sitter.allowed.contains(sitter.seat);
}

void Seats::get_up(Sitter& sitter) {
  if (sitter.seat == kNoPcpu) return;
  pcpus_[std::exchange(sitter.seat, kNoPcpu)].shares -= sitter.share;
}

/// Those without a seat who want one, the largest share first.
std::vector<VcpuId> Seats::without_seat() const {
  std::vector<VcpuId> order;
  for (std::size_t v = 0; v < vcpus_.size(); ++v) {
    const Sitter& sitter = vcpus_[id_at<VcpuId>(v)];
    if (sitter.share > 0 && sitter.seat == kNoPcpu) order.push_back(id_at<VcpuId>(v));
  }
  std::ranges::stable_sort(order, [this](VcpuId a, VcpuId b) { return vcpus_[a].share > vcpus_[b].share; });
  return order;
}

/// A change begins with a clean slate: what is only still taken does not count.
std::optional<NoSeat> Seats::reseat(Time now) {
  for (Bench& bench : pcpus_) {
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
  for (Bench& bench : pcpus_) bench.roomy_since = now;
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
    const PcpuId chosen = choose(sitter, fit);
    if (chosen == kNoPcpu) return refusal(vcpu);
    sitter.seat = chosen;
    pcpus_[chosen].shares += sitter.share;
  }
  return std::nullopt;
}

PcpuId Seats::choose(const Sitter& sitter, Fit fit) const {
  PcpuId best = kNoPcpu;
  Share room_there = 0;
  sitter.allowed.for_each([&](PcpuId pcpu) {
    const Share here = pcpus_[pcpu].online ? pcpus_[pcpu].most - pcpus_[pcpu].shares : -1;
    if (here < sitter.share) return;
    if (best != kNoPcpu && (fit == Fit::MostRoom ? here <= room_there : here >= room_there)) return;
    best = pcpu;
    room_there = here;
  });
  return best;
}

NoSeat Seats::refusal(VcpuId vcpu) const {
  NoSeat why{.vcpu = vcpu, .asked = vcpus_[vcpu].share, .among = {}};
  vcpus_[vcpu].allowed.for_each([&](PcpuId pcpu) {
    const Bench& bench = pcpus_[pcpu];
    if (!bench.online) return;
    why.among.push_back(pcpu);
    if (why.roomiest != kNoPcpu && bench.most - bench.shares <= why.room) return;
    why.roomiest = pcpu;
    why.room = bench.most - bench.shares;
  });
  for (const Sitter& sitter : vcpus_) why.all_asked += sitter.share;
  for (const Bench& bench : pcpus_) why.all_offered += bench.online ? bench.most : 0;
  return why;
}

void Seats::check_invariants() const {
  IdVector<PcpuId, Share> shares(pcpus_.size());
  for (const Sitter& sitter : vcpus_) {
    check((sitter.share > 0) == (sitter.seat != kNoPcpu), "whoever has a reservation has a seat");
    if (sitter.share == 0) continue;
    check(can_stay(sitter), "a seat is at an online pCPU that the vCPU may use");
    shares[sitter.seat] += sitter.share;
  }
  for (std::size_t p = 0; p < pcpus_.size(); ++p) {
    const Bench& bench = pcpus_[id_at<PcpuId>(p)];
    check(shares[id_at<PcpuId>(p)] == bench.shares, "a pCPU's shares are those of the vCPUs seated there");
    check(bench.shares <= bench.most, "no pCPU has promised more than it can keep");
  }
}

}  // namespace roost
