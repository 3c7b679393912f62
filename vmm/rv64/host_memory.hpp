// The room: guest memory as the host sees it: every access is a relaxed atomic of its natural size, because other harts
// use the same bytes at the same time. On x86 these are plain moves.
// Not here: whether an address may be accessed (memory_access).
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace roost::rv64 {

static_assert(std::endian::native == std::endian::little, "guest memory is little-endian and used in place");

/// `host` is aligned to T.
template <typename T>
[[gnu::always_inline]] inline T load_host(std::uint64_t host) {
  return std::atomic_ref<T>(*reinterpret_cast<T*>(host)).load(std::memory_order_relaxed);
}
template <typename T>
[[gnu::always_inline]] inline void store_host(std::uint64_t host, T value) {
  std::atomic_ref<T>(*reinterpret_cast<T*>(host)).store(value, std::memory_order_relaxed);
}

inline std::uint64_t host_address(const std::byte* bytes) { return reinterpret_cast<std::uint64_t>(bytes); }

/// Any alignment: aligned as one access, otherwise byte by byte (unpriv 2.6: misaligned accesses need not be atomic).
inline std::uint64_t load_host_bytes(std::uint64_t host, unsigned size) {
  if (host % size == 0) {
    switch (size) {
      case 1: return load_host<std::uint8_t>(host);
      case 2: return load_host<std::uint16_t>(host);
      case 4: return load_host<std::uint32_t>(host);
      default: return load_host<std::uint64_t>(host);
    }
  }
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) value |= std::uint64_t{load_host<std::uint8_t>(host + i)} << (8 * i);
  return value;
}
inline void store_host_bytes(std::uint64_t host, unsigned size, std::uint64_t value) {
  if (host % size == 0) {
    switch (size) {
      case 1: return store_host(host, static_cast<std::uint8_t>(value));
      case 2: return store_host(host, static_cast<std::uint16_t>(value));
      case 4: return store_host(host, static_cast<std::uint32_t>(value));
      default: return store_host(host, value);
    }
  }
  for (unsigned i = 0; i < size; ++i) store_host(host + i, static_cast<std::uint8_t>(value >> (8 * i)));
}

}  // namespace roost::rv64
