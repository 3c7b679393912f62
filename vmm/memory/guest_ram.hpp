// The room: a machine's RAM: one span of guest-physical addresses backed by host memory.
// Not here: translation of guest-virtual addresses (rv64/mmu), devices (bus).
// Invariants: a host pointer handed out covers the whole checked range; RAM starts zeroed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sched/vocabulary/result.hpp"
#include "vmm/memory/address.hpp"

namespace roost {

class GuestRam {
 public:
  /// `size` bytes (a multiple of 4096) at guest-physical `base`. An error says what the host refused.
  static Result<GuestRam> create(GuestPhys base, std::uint64_t size);
  GuestRam(GuestRam&& other) noexcept;
  GuestRam& operator=(GuestRam&&) = delete;
  ~GuestRam();

  GuestPhys base() const { return base_; }
  std::uint64_t size() const { return size_; }
  bool contains(GuestPhys at, std::uint64_t length) const {
    const std::uint64_t offset = value(at) - value(base_);
    return offset <= size_ && length <= size_ - offset && value(at) >= value(base_);
  }
  /// The host bytes of [at, at+length), or null if any of it lies outside.
  std::byte* host(GuestPhys at, std::uint64_t length) const {
    return contains(at, length) ? host_ + (value(at) - value(base_)) : nullptr;
  }

 private:
  GuestRam(GuestPhys base, std::uint64_t size, std::byte* host) : base_(base), size_(size), host_(host) {}
  GuestPhys base_;
  std::uint64_t size_;
  std::byte* host_;
};

}  // namespace roost
