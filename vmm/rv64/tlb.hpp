// The room: the software TLBs of one hart: guest-virtual page to host page, per kind of access and per regime.
// Not here: filling them (memory_access, fetch), the walk (mmu).
// Invariants: an entry stands only for a page of RAM that its regime may access in full, that PMP splits nowhere and
// that does not hold tohost (stores): a hit needs no further check.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "vmm/rv64/architecture.hpp"

namespace roost::rv64 {

/// Whose eyes an address is seen with. Each regime has its own entries, so that traps and returns flush nothing.
enum class Regime : std::uint8_t { Machine, Supervisor, SupervisorSum, User };
inline constexpr std::size_t kRegimes = 4;

struct TlbEntry {
  std::uint64_t tag;     // the page's first guest-virtual address; kEmptyTag: none
  std::uint64_t addend;  // host address = guest-virtual address + addend
};
/// No page starts here, and no address masked to a page and its low bits gives it.
inline constexpr std::uint64_t kEmptyTag = ~0ULL;

/// 512 entries reach 2 MiB of loads and 2 MiB of stores per regime. More reach costs more on each flush (8 KiB a set).
inline constexpr std::size_t kTlbEntries = 512;

class TlbSet {
 public:
  TlbSet() { wipe(); }
  TlbEntry* entries() { return entries_.data(); }
  void fill(std::uint64_t virtual_page, std::uint64_t addend) {
    entries_[(virtual_page / kPageSize) % kTlbEntries] = {virtual_page, addend};
    touched_ = true;
  }
  void flush() {
    if (touched_) wipe();
  }

 private:
  void wipe() {
    entries_.fill({kEmptyTag, 0});
    touched_ = false;
  }
  alignas(64) std::array<TlbEntry, kTlbEntries> entries_;
  bool touched_ = false;  // most sets are empty at most flushes
};

struct DataTlbs {
  std::array<TlbSet, kRegimes> load, store;

  void flush() {
    for (TlbSet& set : load) set.flush();
    for (TlbSet& set : store) set.flush();
  }
};

}  // namespace roost::rv64
