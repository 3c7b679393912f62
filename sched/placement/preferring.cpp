#include "sched/placement/preferring.hpp"

#include "sched/placement/candidates.hpp"

namespace roost {

namespace {

/// `view`, in which `kept` stays online: who places among some pCPUs, one of which was there a moment ago, finds one,
/// and whoever carries that out looks again.
class KeptOnline final : public LoadView {
 public:
  KeptOnline(const LoadView& view, PcpuId kept) : LoadView(true), view_(view), kept_(kept) {}
  LoadSnapshot load(RunqueueId rq) const override { return view_.load(rq); }
  std::uint16_t utilisation(RunqueueId rq) const override { return view_.utilisation(rq); }
  bool online(PcpuId pcpu) const override { return pcpu == kept_ || view_.online(pcpu); }
  std::uint64_t online_word(std::size_t w) const override { return view_.online_word(w) | bit_in(kept_, w); }
  std::uint64_t idle(std::size_t w) const override { return view_.idle(w); }
  std::uint64_t giving(std::size_t w) const override { return view_.giving(w); }

 private:
  RunqueueId shared_runqueue(PcpuId pcpu) const override { return view_.runqueue_of(pcpu); }
  std::uint64_t shared_fronts(std::size_t w) const override { return view_.fronts(w); }
  std::uint64_t sharers(PcpuId pcpu, std::size_t w) const override { return view_.sharing(pcpu, w); }

  const LoadView& view_;
  PcpuId kept_;
};

}  // namespace

Placement Preferring::choose(const PlacementRequest& request, const LoadView& view) {
  check(request.allowed != nullptr, "a placement request says where the vCPU may run");
  const PcpuSet* const preferred = request.around == nullptr ? nullptr : request.around->preferred();
  if (preferred == nullptr) return inner_->choose(request, view);
  const auto idle = [&](std::size_t w) { return request.allowed->word(w) & view.idle(w); };
  PcpuId one = lowest_flagged(*preferred, idle);
  if (one == kNoPcpu && lowest_flagged(*request.allowed, idle) == kNoPcpu)
    one = lowest_flagged(*preferred, [&](std::size_t w) { return candidates(request, view, w); });
  if (one == kNoPcpu) return inner_->choose(request, view);
  PlacementRequest among_preferred = request;
  among_preferred.allowed = preferred;
  const Placement placed = inner_->choose(among_preferred, KeptOnline(view, one));
  // The preferred lie within what it may use; who asks for less, such as a seat, is not to be given more.
  return request.allowed->contains(placed.pcpu) ? placed : inner_->choose(request, view);
}

}  // namespace roost
