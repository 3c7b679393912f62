#include "vmm/executor/idle_while_waiting.hpp"

#include <algorithm>
#include <map>

namespace roost {

namespace {

bool same(const PcpuSet& a, const PcpuSet& b) {
  const std::size_t both = (a & b).count();
  return both == a.count() && both == b.count();
}

std::vector<std::uint32_t> members(const PcpuSet& set) {
  std::vector<std::uint32_t> out;
  set.for_each([&](PcpuId p) { out.push_back(static_cast<std::uint32_t>(p)); });
  return out;
}

}  // namespace

IdleWhileWaiting::IdleWhileWaiting(std::size_t pcpus, std::span<const VcpuTraits> vcpus, Time began)
    : pcpus_(pcpus), kind_of_(vcpus.size()), kinds_(1), began_(began), now_(began), settled_(began) {
  std::vector<std::vector<std::uint32_t>> kinds_at(pcpus);
  sort_vcpus(vcpus, kinds_at);
  form_cells(kinds_at);
  idle_ = static_cast<std::int64_t>(pcpus);
}

void IdleWhileWaiting::sort_vcpus(std::span<const VcpuTraits> vcpus,
                                  std::vector<std::vector<std::uint32_t>>& kinds_at) {
  std::map<std::vector<std::uint32_t>, std::uint32_t> known;
  for (std::size_t v = 0; v < vcpus.size(); ++v) {
    std::uint32_t& kind = kind_of_[id_at<VcpuId>(v)];
    if (v > 0 && same(vcpus[v].allowed, vcpus[v - 1].allowed)) {
      kind = kind_of_[id_at<VcpuId>(v - 1)];
    } else if (vcpus[v].allowed.count() >= pcpus_.size()) {
      kind = kAnywhere;
    } else {
      const auto [place, fresh] =
          known.try_emplace(members(vcpus[v].allowed), static_cast<std::uint32_t>(kinds_.size()));
      kind = place->second;
      if (!fresh) continue;
      kinds_.emplace_back();
      for (const std::uint32_t pcpu : place->first) kinds_at[pcpu].push_back(kind);
    }
  }
}

void IdleWhileWaiting::form_cells(const std::vector<std::vector<std::uint32_t>>& kinds_at) {
  std::map<std::vector<std::uint32_t>, std::uint32_t> known;
  for (std::size_t p = 0; p < kinds_at.size(); ++p) {
    const auto [place, fresh] = known.try_emplace(kinds_at[p], static_cast<std::uint32_t>(cells_.size()));
    if (fresh) {
      cells_.emplace_back();
      for (const std::uint32_t kind : kinds_at[p]) kinds_[kind].cells.push_back(place->second);
    }
    pcpus_[id_at<PcpuId>(p)].cell = place->second;
    ++cells_[place->second].idle;
  }
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
    case Change::Waits: return count_waiting(kind_of_[VcpuId{told.who}], 1);
    case Change::Runs: return count_waiting(kind_of_[VcpuId{told.who}], -1);
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
