// The room: the caches of one core: code and data at the first level, a second level for both, a data TLB.
// Not here: what lies behind them (shared_caches); whose accesses these are (guest_caches).
// Invariants: the first level's lines are in the second, with the same right to write.
//
// The engine counts hits on the line of each set that was used last; all else comes to touch(). What the second level
// lacks, and writes to lines that are only readable, is granted at once and logged: the shared levels are told later,
// in order (guest_caches). Until then a miss costs `guess_ps`, which the account is corrected by.
//
// The TLB is looked at when the first level misses: it reaches farther, so a hit there means a page that was used not
// long ago. It knows pages by where they lie in RAM: what guests flush is not modelled.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "vmm/caches/guest_figures.hpp"
#include "vmm/caches/miss_log.hpp"
#include "vmm/caches/tag_array.hpp"
#include "vmm/vcpu/memory_observer.hpp"

namespace roost {

class PrivateCaches final : public MemoryObserver {
 public:
  PrivateCaches(const GuestCacheFigures& figures, MissLog& log);

  /// Who runs here from now on.
  struct Runner {
    VcpuId vcpu = kNoVcpu;
    PcpuId pcpu = kNoPcpu;
    std::int64_t guess_ps = 0;  // for a miss of the second level, not yet divided by those in flight
  };
  void enter(const Runner& runner) { runner_ = runner; }
  /// The engine's next run() begins at this time.
  void begin(std::int64_t at_ps);
  /// Since begin(), beside the instructions' own time.
  std::int64_t waited_ps() const { return waited_ps_; }
  /// Since begin(), after run() has returned.
  CacheCounts counts() const;
  /// What of waited_ps() was guessed, since begin().
  std::int64_t guessed_ps() const { return guessed_ps_; }

  /// Rings when a line is needed again that another core had taken or read not long ago: whoever shares memory so much
  /// had better let the others come up before it goes on. Silent from begin() on.
  const std::atomic<std::uint32_t>& contended() const { return contended_; }

  void touch(std::uint64_t line, Touch how) override;

  // ---- for the shared levels ----
  bool has(std::uint64_t line) const { return l2_.has(line); }
  bool has_writable(std::uint64_t line) const { return l2_.has_writable(line); }
  /// Another core writes it: true if it was here.
  bool take(std::uint64_t line);
  /// Another core reads it.
  void make_read_only(std::uint64_t line);

  void check_invariants() const;
  const TagArray& second_level() const { return l2_; }

 private:
  void miss(TagArray& first, std::uint64_t line, Touch how);
  void log(std::uint64_t line, Touch how, bool has_it);
  std::int64_t share(std::int64_t ps, Touch how) const { return how == Touch::Atomic ? ps : ps / parallel_; }

  TagArray l1i_, l1d_, l2_, tlb_;
  MissLog* log_;
  std::int64_t instruction_ps_, l2_ps_, walk_ps_, parallel_;
  static constexpr std::size_t kRemembered = 64;
  void remember(std::uint64_t line) { lost_[line % kRemembered] = line; }
  std::array<std::uint64_t, kRemembered> lost_;  // to other cores, lately, or the right to write them
  std::atomic<std::uint32_t> contended_{0};      // a doorbell, of one thread
  Runner runner_;
  std::int64_t began_ps_ = 0, waited_ps_ = 0, guessed_ps_ = 0;
  std::uint64_t l1i_misses_ = 0, l1d_misses_ = 0, l2_hits_ = 0, l2_misses_ = 0, tlb_misses_ = 0;
};

}  // namespace roost
