// The room: what is behind the private caches of all cores: an LLC for each LLC domain, the directory that keeps them
//   and the private caches coherent, and memory.
// Not here: when requests are answered (guest_caches: in order of time and pCPU), the private caches' insides.
// Rules: M/S/I. A line is modified in one core (its owner), or shared, or nowhere. A read makes the owner's copy
//   shared; a write takes it from everybody else. A line that nobody else has may be written for nothing, as with an E
//   state. LLCs are neither inclusive nor exclusive: a line that is read from farther away is put there as well.
//   A line comes from: the core that modified it; the own LLC; the LLC where it was written back, if that is another
//   one (at the price of a transfer); memory of its page's node. A write costs that or the farthest transfer of those
//   that lose the line, whichever is more.
// Invariants: after each request its line has an owner (a write) or none (a read), and check_at_rest() holds once every
//   request has been answered.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sched/topology/topology.hpp"
#include "vmm/caches/directory.hpp"
#include "vmm/caches/guest_figures.hpp"
#include "vmm/caches/miss_log.hpp"
#include "vmm/caches/node_latency.hpp"
#include "vmm/caches/private_caches.hpp"
#include "vmm/caches/tag_array.hpp"

namespace roost {

enum class CoreId : std::uint32_t {};

class SharedCaches {
 public:
  SharedCaches(const Topology& topology, const GuestCacheFigures& figures);

  CoreId core_of(PcpuId pcpu) const { return id_at<CoreId>(topology_.place(pcpu).core); }
  /// Of a core; made when they are first asked for.
  PrivateCaches& private_of(CoreId core, MissLog& log);
  const PrivateCaches* private_if_any(CoreId core) const { return cores_[core].caches.get(); }

  enum class Source { Nowhere, Llc, Transfer, Local, Remote };
  struct Answer {
    Source source = Source::Nowhere;  // Nowhere: it had the line
    std::int64_t ns = 0;              // all of it
    std::int64_t far_ns = 0;          // of that: by which another node's memory is slower than the own
    bool invalidated = false;         // others lost the line
  };
  Answer ask(PcpuId pcpu, const MissRequest& request);
  /// A request that will come soon.
  void expect(PcpuId pcpu, std::uint64_t line) const;

  /// Of a page that was missed already.
  NodeId home(std::uint64_t line) const;
  void check_at_rest() const;

 private:
  struct Core {
    std::unique_ptr<PrivateCaches> caches;
    PcpuId pcpu = kNoPcpu;  // one of its pCPUs
    std::uint32_t llc = 0;
  };
  struct Asking {  // a request on its way
    CoreId core{0};
    std::uint32_t llc = 0;
    NodeId node{0};
    std::uint64_t line = 0;
  };
  TagArray& llc(std::uint32_t number);
  void find(const Asking& asking, LineRecord& record, NodeId home, Answer& answer);
  /// The line is taken from all others: the farthest one's distance in ns, or -1 if there were none.
  std::int64_t take_from_others(const Asking& asking, LineRecord& record);
  std::int64_t transfer_ns(CoreId from, CoreId to) const;
  std::uint64_t bit_of(CoreId core) const { return 1ULL << (index(core) / cores_in_group_); }
  std::uint32_t llc_bit(std::uint32_t number) const { return 1U << (number / llcs_in_group_); }

  Topology topology_;
  GuestCacheFigures figures_;
  NodeLatency latency_;
  IdVector<CoreId, Core> cores_;
  std::vector<std::unique_ptr<TagArray>> llcs_;  // made when they are first needed
  std::vector<PcpuId> llc_pcpus_;                // one of each
  std::size_t cores_in_group_ = 1, llcs_in_group_ = 1;
  Directory directory_;
};

}  // namespace roost
