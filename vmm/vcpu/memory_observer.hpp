// The room: what an engine tells of its guest's memory accesses to a world that models caches.
// Not here: the caches (vmm/caches), whose they are (the world gives a pCPU's observer with each Budget).
// Invariants: after touch() the line is shown, writable unless it was only read; whatever is shown may be used without
//   another word, until the observer hides it. Lines are numbers, never host addresses: the same in every run.
#pragma once

#include <cstdint>

namespace roost {

inline constexpr unsigned kLineBits = 6;  // a cache line: 64 bytes

/// Atomic: a read and a write that what follows waits for.
enum class Touch : std::uint8_t { Fetch, Load, Store, Atomic };

/// One line of each set of a cache, for the engine's first look: the one that was used last.
struct ShownLines {
  const std::uint64_t* tags = nullptr;  // of set s at [s << stride]: line << 1, + 1 if it may be written
  std::uint64_t mask = 0;               // set of a line: line & mask
  unsigned stride = 0;

  std::uint64_t tag(std::uint64_t line) const { return tags[(line & mask) << stride]; }
  bool may_read(std::uint64_t line) const { return (tag(line) | 1) == (line << 1 | 1); }
  bool may_write(std::uint64_t line) const { return tag(line) == (line << 1 | 1); }
};

class MemoryObserver {
 public:
  virtual ~MemoryObserver() = default;
  /// A line that is not shown, or not for writing, is needed.
  virtual void touch(std::uint64_t line, Touch how) = 0;

  ShownLines code, data;
  std::uint64_t first_line = 0;  // the number of line 0 of the machine's RAM
  // The engine's, since run() was called:
  std::uint64_t steps = 0;     // up to the access that touch() tells of
  std::uint64_t fetches = 0;   // lines that code went on to
  std::uint64_t accesses = 0;  // loads, stores, atomics; true when run() returns
};

}  // namespace roost
