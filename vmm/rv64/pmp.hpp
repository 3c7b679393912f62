// The room: physical memory protection (priv 3.7): 16 entries of any granularity down to 4 bytes.
// Not here: caching its answers (TLB entries exist only for pages that one entry, or none, covers whole).
#pragma once

#include <array>
#include <cstdint>

#include "vmm/rv64/architecture.hpp"

namespace roost::rv64 {

class Pmp {
 public:
  static constexpr unsigned kEntries = 16;

  enum class PageAnswer { Allowed, Denied, Mixed };

  bool allows(std::uint64_t physical, std::uint64_t length, Access access, Privilege privilege) const;
  /// For all of the 4 KiB page at once, if it has one answer.
  PageAnswer page(std::uint64_t physical_page, Access access, Privilege privilege) const;

  /// pmpcfg0 (group 0: entries 0 to 7) and pmpcfg2 (group 1).
  std::uint64_t config(unsigned group) const;
  void write_config(unsigned group, std::uint64_t value);
  std::uint64_t address(unsigned entry) const { return addresses_[entry]; }
  void write_address(unsigned entry, std::uint64_t value);

 private:
  struct Range {  // [first, last]; empty if first > last
    std::uint64_t first = 1, last = 0;
  };
  bool permits(unsigned entry, Access access, Privilege privilege) const;
  bool locked(unsigned entry) const;
  void rebuild();

  std::array<std::uint8_t, kEntries> configs_{};
  std::array<std::uint64_t, kEntries> addresses_{};
  std::array<Range, kEntries> ranges_{};
};

}  // namespace roost::rv64
