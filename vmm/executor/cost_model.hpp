// The room: what things cost in the simulated world: one table, each figure with its name, default, range and source.
// Not here: who pays (simulated_world), how much is missing in a cache (vmm/caches).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sched/topology/topology.hpp"
#include "sched/vocabulary/result.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

enum class Cost : std::uint8_t {
  SwitchDirect,      // from one vCPU to another
  VmExit,            // out of a guest and in again
  LockHold,          // one runqueue operation under its lock
  LineSmt, LineLlc, LinePackage, LineNode, LineRemote,  // a cache line from another pCPU, by distance
  LoadRead,          // a published load that is cached here
  IpiSend,           // for the sender
  IpiLlc, IpiPackage, IpiNode, IpiRemote,               // until the handler runs, by distance
  WakeShallow, WakeDeep,                                // idle exit, beside the IPI
  DeepAfter,         // residency from which a sleep is a deep one
  TickEvery, TickCost,                                  // a busy pCPU's timer interrupts; the latter an idle one's too
  PowerBusy, PowerPoll, PowerShallow, PowerDeep,        // of a pCPU, by what it does
  SmtShare,          // speed of each of two busy siblings, in 1/1024 of a core's
  LoadAge,           // how old published loads are when they are read
  Instruction,       // one instruction of an rv64 vCPU
  CacheL2, CacheLlc, CacheWays, CacheDirty,             // sizes, replacement, what must come from where it was written
  HitL2, HitLlc, DramLocal, DramRemote, MissesInFlight,
  GuestCaches,       // of rv64 vCPUs: tags, or nothing
  CacheL1i, CacheL1d, L1Ways, L2Ways, LlcWays, TlbEntries, TlbWays, TlbWalk,
  PageMove, HintFault, ScanPeriod, ScanSize, ScanMoves, // pages: moved by hand, or after samples of who touches them
  NodeMemory,        // of each node
  Count_,
};
inline constexpr std::size_t kCosts = static_cast<std::size_t>(Cost::Count_);

struct CostInfo {
  std::string_view name;  // "ipi.remote"
  std::string_view unit;  // "ns", or of a plain number: "1/1024", "ps"
  std::int64_t usual, least, most;
  std::string_view about;
  std::string_view source;
};

/// A name for figures that are set together.
struct CostAlias {
  std::string_view name;  // "ipi.cross_socket"
  std::array<Cost, 2> sets;  // of one unit and range
  std::string_view about;
};

/// With its unit: "3us", "635/1024", "1024 KiB"; of a yes or no the digit alone.
std::string cost_text(std::string_view unit, std::int64_t figure);

class CostModel {
 public:
  CostModel();  // the defaults: a two-socket server

  static std::span<const CostInfo> table();
  static std::span<const CostAlias> aliases();
  /// "ipi.remote=3us": sets one figure, or those of an alias. Refused, in a sentence: an unknown name (with the
  /// nearest), a span of time without a unit, a value out of its range. "free=1" sets every span of time that may be 0
  /// to 0, and has siblings run at full speed: the host of textbooks.
  std::optional<Error> set(std::string_view assignment);

  std::int64_t figure(Cost cost) const { return figures_[static_cast<std::size_t>(cost)]; }
  Duration of(Cost cost) const { return Duration{figure(cost)}; }
  Duration line(Distance distance) const;
  Duration ipi(Distance distance) const;

 private:
  std::optional<Error> set_free(std::string_view how);

  std::array<std::int64_t, kCosts> figures_;
};

}  // namespace roost
