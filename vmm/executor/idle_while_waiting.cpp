#include "vmm/executor/idle_while_waiting.hpp"

#include <algorithm>
#include <utility>

namespace roost {

IdleWhileWaiting::IdleWhileWaiting(std::size_t pcpus, std::span<const VcpuTraits> vcpus, Time began)
    : pcpus_(pcpus), vcpus_(vcpus.size()), kinds_(1), cells_(1), began_(began), now_(began), settled_(began) {
  cells_.front().pcpus = pcpus;
  cells_.front().idle = idle_ = static_cast<std::int64_t>(pcpus);
  for (std::size_t v = 0; v < vcpus.size(); ++v)
    vcpus_[id_at<VcpuId>(v)].kind = v > 0 && vcpus[v].allowed == vcpus[v - 1].allowed
                                        ? vcpus_[id_at<VcpuId>(v - 1)].kind
                                        : kind_of(vcpus[v].allowed);
}

std::uint32_t IdleWhileWaiting::kind_of(const PcpuSet& allowed) {
  if (allowed.count() >= pcpus_.size()) return kAnywhere;
  std::vector<std::uint32_t> members;
  allowed.for_each([&](PcpuId pcpu) { members.push_back(static_cast<std::uint32_t>(pcpu)); });
  const auto [place, fresh] = known_.try_emplace(std::move(members), static_cast<std::uint32_t>(kinds_.size()));
  if (fresh) {
    kinds_.emplace_back();
    divide_cells(place->first, place->second);
  }
  return place->second;
}

/// Cells that lie partly in `members` are divided, and the kind gets those that lie in it. Both parts of a cell have
/// seen the same so far.
void IdleWhileWaiting::divide_cells(const std::vector<std::uint32_t>& members, std::uint32_t kind) {
  std::map<std::uint32_t, std::uint32_t> parts;  // by cell: the part of it that is in `members`
  std::map<std::uint32_t, std::size_t> inside;
  for (const std::uint32_t pcpu : members) ++inside[pcpus_[PcpuId{pcpu}].cell];
  for (const auto& [cell, count] : inside) {
    parts[cell] = cell;
    if (count < cells_[cell].pcpus) {
      parts[cell] = static_cast<std::uint32_t>(cells_.size());
      cells_.push_back(cells_[cell]);
      cells_.back().pcpus = 0, cells_.back().idle = 0;
      for (const std::uint32_t other : cells_.back().kinds) kinds_[other].cells.push_back(parts[cell]);
    }
    kinds_[kind].cells.push_back(parts[cell]);
    cells_[parts[cell]].kinds.push_back(kind);
  }
  for (const std::uint32_t member : members) {
    Pcpu& pcpu = pcpus_[PcpuId{member}];
    Cell &from = cells_[pcpu.cell], &to = cells_[parts[pcpu.cell]];
    if (&from == &to) continue;
    --from.pcpus, ++to.pcpus;
    if (pcpu.idle) --from.idle, ++to.idle;
    pcpu.cell = parts[pcpu.cell];
  }
}

void IdleWhileWaiting::may_use(VcpuId vcpu, PcpuSet allowed, Time at) {
  affinities_.push_back({vcpu, std::move(allowed)});
  tell(at, Change::MayUse, static_cast<std::uint32_t>(affinities_.size() - 1));
}

void IdleWhileWaiting::set_kind(Vcpu& vcpu, std::uint32_t kind) {
  if (vcpu.waits) count_waiting(vcpu.kind, -1);
  vcpu.kind = kind;
  if (vcpu.waits) count_waiting(vcpu.kind, 1);
}

void IdleWhileWaiting::set_waits(Vcpu& vcpu, bool waits) {
  vcpu.waits = waits;
  count_waiting(vcpu.kind, waits ? 1 : -1);
}

void IdleWhileWaiting::tell(Time at, Change change, std::uint32_t who) {
  check(at >= settled_, "what is told lies after what was settled");
  if (at == settled_)  // nothing that comes is earlier
    take(at, {change, who});
  else
    pending_.push(at, {change, who});
}

void IdleWhileWaiting::take_earliest() {
  const auto [at, told] = pending_.pop();
  take(at, told);
}

void IdleWhileWaiting::take(Time at, Told told) {
  advance(at);
  switch (told.change) {
    case Change::Waits: return set_waits(vcpus_[VcpuId{told.who}], true);
    case Change::Runs: return set_waits(vcpus_[VcpuId{told.who}], false);
    case Change::MayUse: {
      const auto& [vcpu, allowed] = affinities_[told.who];
      return set_kind(vcpus_[vcpu], kind_of(allowed));
    }
    case Change::Idles: return set_idle(pcpus_[PcpuId{told.who}], true);
    case Change::Works: return set_idle(pcpus_[PcpuId{told.who}], false);
  }
}

void IdleWhileWaiting::advance(Time at) {
  const Duration passed = at - now_;
  now_ = at;
  const bool crowded = kinds_[kAnywhere].waiting > 0;
  if (crowded) crowded_ += passed;
  lost_ += passed * std::max<std::int64_t>(std::min(crowded ? idle_ : idle_wanted_, waiting_), 0);
}

void IdleWhileWaiting::count_waiting(std::uint32_t kind, std::int64_t more) {
  const bool was = kinds_[kind].waiting > 0;
  kinds_[kind].waiting += more;
  waiting_ += more;
  const bool is = kinds_[kind].waiting > 0;
  if (was != is)
    for (const std::uint32_t cell : kinds_[kind].cells) set_wanted(cells_[cell], is ? 1 : -1);
}

void IdleWhileWaiting::set_wanted(Cell& cell, std::int64_t more) {
  const bool was = cell.wanted > 0;
  if (was) cell.clock += quiet() - cell.mark;
  cell.mark = quiet();
  cell.wanted += more;
  const bool is = cell.wanted > 0;
  if (was != is) idle_wanted_ += is ? cell.idle : -cell.idle;
}

void IdleWhileWaiting::set_idle(Pcpu& pcpu, bool idle) {
  if (pcpu.idle == idle) return;
  Cell& cell = cells_[pcpu.cell];
  if (idle)
    pcpu.mark = seen(cell);
  else
    pcpu.counted += seen(cell) - pcpu.mark;
  pcpu.idle = idle;
  const std::int64_t more = idle ? 1 : -1;
  idle_ += more;
  cell.idle += more;
  if (cell.wanted > 0) idle_wanted_ += more;
}

void IdleWhileWaiting::close(Time end) {
  settle(end);
  advance(std::max(end, now_));
  for (Pcpu& pcpu : pcpus_) set_idle(pcpu, false);
}

Duration IdleWhileWaiting::sum() const {
  Duration all{0};
  for (const Pcpu& pcpu : pcpus_) all += pcpu.counted;
  return all;
}

}  // namespace roost
