#include "sched/placement/null.hpp"

#include "sched/placement/candidates.hpp"

namespace roost {

constexpr PlacementEntry kNullEntry{
    {"null", "one vCPU, one pCPU, for good; who finds none stands in line", "Xen xen/common/sched/null.c", {}},
    [](const PlacementScope& scope, const ConstantValues&) -> std::unique_ptr<Placer> {
      return std::make_unique<NullPlacement>(scope.topology, scope.max_vcpus);
    }};

Placement NullPlacement::choose(const PlacementRequest& request, const LoadView& view) {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  Vcpu& vcpu = vcpus_[request.vcpu];
  const PcpuSet* const preferred = request.around == nullptr ? nullptr : request.around->preferred();
  const bool keeps = vcpu.own != kNoPcpu && request.allowed->contains(vcpu.own) && view.online(vcpu.own);
  const bool likes = preferred == nullptr || (keeps && preferred->contains(vcpu.own));
  if (keeps && (likes || request.kind == PlacementKind::Wake)) return {vcpu.own, PlacementWhy::Rule};
  PcpuId free = preferred == nullptr ? kNoPcpu : find_free(*preferred, request.last, view);
  if (free == kNoPcpu && keeps) return {vcpu.own, PlacementWhy::Rule};
  if (free == kNoPcpu) free = find_free(*request.allowed, request.last, view);
  give_back(request.vcpu);
  if (free != kNoPcpu) {
    give(request.vcpu, free);
    return {free, PlacementWhy::Rule};
  }
  check(count_candidates(request, topology_, view) > 0, "a vCPU may run on some online pCPU");
  if (vcpu.turn == 0) {
    vcpu.turn = ++turns_;
    ++in_line_;
  }
  vcpu.allowed = *request.allowed;
  vcpu.preferred = preferred == nullptr ? PcpuSet{} : *preferred;
  return {kNoPcpu, PlacementWhy::Rule};
}

PcpuId NullPlacement::find_free(const PcpuSet& among, PcpuId last, const LoadView& view) const {
  const auto is_free = [&](PcpuId pcpu) { return owners_[pcpu] == kNoVcpu && view.online(pcpu); };
  if (last != kNoPcpu && among.contains(last) && is_free(last)) return last;
  PcpuId p = among.first_member();
  while (p != kNoPcpu && owners_.contains(p) && !is_free(p)) p = among.next(id_at<PcpuId>(index(p) + 1));
  return owners_.contains(p) ? p : kNoPcpu;
}

void NullPlacement::give(VcpuId vcpu, PcpuId pcpu) {
  Vcpu& of = vcpus_[vcpu];
  owners_[pcpu] = vcpu;
  of.own = pcpu;
  if (of.turn == 0) return;
  of.turn = 0;
  of.allowed = of.preferred = PcpuSet{};
  --in_line_;
}

void NullPlacement::give_back(VcpuId vcpu) {
  Vcpu& of = vcpus_[vcpu];
  if (of.own != kNoPcpu) owners_[of.own] = kNoVcpu;
  of.own = kNoPcpu;
}

void NullPlacement::finish(VcpuId vcpu) {
  Vcpu& of = vcpus_[vcpu];
  give_back(vcpu);
  if (of.turn == 0) return;
  of.turn = 0;
  of.allowed = of.preferred = PcpuSet{};
  --in_line_;
}

VcpuId NullPlacement::next_in_line(const LoadView& view) {
  if (in_line_ == 0) return kNoVcpu;
  for (std::size_t p = 0; p < owners_.size(); ++p) {
    const auto pcpu = id_at<PcpuId>(p);
    if (owners_[pcpu] != kNoVcpu || !view.online(pcpu)) continue;
    VcpuId next = first_for(pcpu, true);
    if (next == kNoVcpu) next = first_for(pcpu, false);
    if (next == kNoVcpu) continue;
    give(next, pcpu);
    return next;
  }
  return kNoVcpu;
}

VcpuId NullPlacement::first_for(PcpuId pcpu, bool preferred) const {
  VcpuId first = kNoVcpu;
  for (std::size_t v = 0; v < vcpus_.size(); ++v) {
    const Vcpu& vcpu = vcpus_[id_at<VcpuId>(v)];
    if (vcpu.turn == 0 || !(preferred ? vcpu.preferred : vcpu.allowed).contains(pcpu)) continue;
    if (first == kNoVcpu || vcpu.turn < vcpus_[first].turn) first = id_at<VcpuId>(v);
  }
  return first;
}

}  // namespace roost
