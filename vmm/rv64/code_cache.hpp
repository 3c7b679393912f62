// The room: the decoded pages of one hart: an op per halfword of guest code, decoded when it is first reached.
// Not here: decoding (decode), finding the page of an address (fetch).
// Invariants: a page decodes from the copy of its bytes that it took when it was entered first, so all of it is one
// state of memory; only FENCE.I makes it look again (unpriv 5: until then old code may run).
//
//   bytes   | c.li | addi        | c.j  | ...            4096 bytes
//   ops     | op   | op   | (op) | op   | ... | leave    one per halfword, and one behind the last
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "vmm/rv64/architecture.hpp"
#include "vmm/rv64/op.hpp"

namespace roost::rv64 {

struct DecodedPage {
  static constexpr std::size_t kSlots = kPageSize / 2;

  std::array<Op, kSlots + 1> ops;
  std::array<std::uint64_t, kPageSize / 8> words;
  std::uint64_t generation = 0;
  std::uint64_t host = 0;  // where it lies in guest RAM
  /// The handlers of ops that were wrapped because they begin a cache line (observe.hpp); none in a live hart.
  using Behind = std::array<Handler, kPageSize / 64 * 2>;
  std::unique_ptr<Behind> behind;

  std::uint16_t halfword(std::size_t slot) const {
    return static_cast<std::uint16_t>(words[slot / 4] >> (slot % 4 * 16));
  }
};

class CodeCache {
 public:
  /// 36 KiB of host memory each; beyond it the oldest is given up.
  static constexpr std::size_t kMaxPages = 512;

  struct Found {
    DecodedPage* page;
    bool recycled;  // it served another code page before: nobody may still point at it
  };
  Found at(const std::byte* host_page);
  void fence_i() { ++generation_; }
  /// Decodes everything anew: the handlers in its ops are no longer the right ones.
  void forget();

 private:
  Found make_room(const std::byte* host_page);

  std::unordered_map<const std::byte*, std::size_t> index_;
  std::vector<std::unique_ptr<DecodedPage>> pages_;
  std::vector<const std::byte*> hosts_;  // what each page stands for
  std::size_t oldest_ = 0;
  std::uint64_t generation_ = 1;
};

}  // namespace roost::rv64
