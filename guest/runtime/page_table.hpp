// The room: Sv39 page tables (priv 4.4): entries and tables.
// Not here: who maps what. Accessed and dirty bits are set from the start: machines differ in who sets them later.
#pragma once

#include <stdint.h>

#include "guest/runtime/memory.hpp"

namespace guest {

inline constexpr uint64_t kPageBytes = 4096;
inline constexpr uint64_t kEntries = 512;
inline constexpr uint64_t kSv39 = uint64_t{8} << 60;  // satp.MODE

inline constexpr uint64_t kValid = 1 << 0;
inline constexpr uint64_t kRead = 1 << 1;
inline constexpr uint64_t kWrite = 1 << 2;
inline constexpr uint64_t kExecute = 1 << 3;
inline constexpr uint64_t kAccessed = 1 << 6;
inline constexpr uint64_t kDirty = 1 << 7;

struct PageTable {
  uint64_t entries[kEntries];
};

inline uint64_t leaf(uint64_t physical, uint64_t rights) {
  return physical / kPageBytes << 10 | rights | kValid | kAccessed | kDirty;
}

inline uint64_t branch(const PageTable* next) { return reinterpret_cast<uint64_t>(next) / kPageBytes << 10 | kValid; }

/// An empty one.
inline PageTable* take_table() {
  PageTable* const table = take<PageTable>(1, kPageBytes);
  for (uint64_t& entry : table->entries) entry = 0;
  return table;
}

}  // namespace guest
