// The room: which pCPUs share a runqueue: those of a pCPU, a core, an LLC, a node or the whole machine.
// Not here: what a runqueue holds (runqueue), its lock (executor).
// Rules: the pCPUs of one part of the host's tree share one runqueue; it gets its number by its lowest pCPU, so where
//   each pCPU has its own, both have the same number. Parts need not be of equal size. A part that lies in several
//   pools is cut at their borders, and each pool may have its own kind of parts.
// Invariants: every pCPU has one runqueue; every runqueue has a pCPU; pCPUs that come and go change nothing here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "sched/topology/topology.hpp"

namespace roost {

enum class Granularity : std::uint8_t { Pcpu, Core, Llc, Node, Machine };
inline constexpr std::size_t kGranularities = 5;
const char* name_of(Granularity granularity);
std::optional<Granularity> granularity_named(std::string_view name);

class RunqueueMap {
 public:
  struct Cut {  // of a pool
    PcpuSet pcpus;
    Granularity granularity;
  };
  /// `cuts` have no pCPU in common.
  RunqueueMap(const Topology& topology, Granularity granularity, std::span<const Cut> cuts = {});

  /// Outside the cuts.
  Granularity granularity() const { return granularity_; }
  Granularity granularity(PcpuId pcpu) const { return kinds_.empty() ? granularity_ : kinds_[pcpu]; }
  std::size_t size() const { return shares_ ? members_.size() : pcpus_; }
  std::size_t pcpus() const { return pcpus_; }
  /// Does some runqueue have several pCPUs?
  bool shares() const { return shares_; }
  RunqueueId of(PcpuId pcpu) const { return shares_ ? of_[pcpu] : id_at<RunqueueId>(index(pcpu)); }
  /// Only where some are shared.
  const Domain& members(RunqueueId rq) const { return members_[rq]; }
  std::size_t count(RunqueueId rq) const { return shares_ ? members_[rq].count() : 1; }
  /// The lowest of them.
  PcpuId lead(RunqueueId rq) const { return shares_ ? leads_[rq] : id_at<PcpuId>(index(rq)); }
  /// Of `pcpu`'s runqueue, its own bit among them: bit i is pCPU 64 w + i.
  std::uint64_t sharing(PcpuId pcpu, std::size_t w) const {
    if (shares_) return members_[of_[pcpu]].word(w);
    return bit_in(pcpu, w);
  }
  /// Visits the pCPUs of `of`'s runqueue, itself among them, in rising order.
  template <typename Visit>
  void for_each_member(PcpuId of, Visit visit) const {
    if (!shares_) return visit(of);
    const Domain& sharing = members_[of_[of]];
    for (std::size_t w = sharing.first_word(); w < sharing.end_word(); ++w)
      for_each_in(w, sharing.word(w), visit);
  }

 private:
  Granularity granularity_;
  bool shares_ = false;
  std::size_t pcpus_;
  IdVector<PcpuId, Granularity> kinds_;  // where there are cuts
  // Empty where nothing is shared: a large host has its bitmaps once already.
  IdVector<PcpuId, RunqueueId> of_;
  IdVector<RunqueueId, Domain> members_;
  IdVector<RunqueueId, PcpuId> leads_;
};

}  // namespace roost
