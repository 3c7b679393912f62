#include "vmm/rv64/pmp.hpp"

#include <bit>

namespace roost::rv64 {

namespace {

constexpr std::uint8_t kRead = 1, kWrite = 2, kExecute = 4, kLocked = 0x80;
constexpr std::uint8_t kWritable = 0x9f;  // bits 5 and 6 do not exist
constexpr std::uint64_t kAddressMask = (1ULL << 54) - 1;

enum class Match : std::uint8_t { Off = 0, Tor = 1, Na4 = 2, Napot = 3 };

Match match_of(std::uint8_t config) { return static_cast<Match>(config >> 3 & 3); }

std::uint8_t bit_of(Access access) {
  return access == Access::Load ? kRead : access == Access::Store ? kWrite : kExecute;
}

}  // namespace

bool Pmp::permits(unsigned entry, Access access, Privilege privilege) const {
  if (privilege == Privilege::Machine && (configs_[entry] & kLocked) == 0) return true;
  return (configs_[entry] & bit_of(access)) != 0;
}

bool Pmp::allows(std::uint64_t physical, std::uint64_t length, Access access, Privilege privilege) const {
  const std::uint64_t last = physical + (length - 1);
  for (unsigned i = 0; i < kEntries; ++i) {
    const Range& r = ranges_[i];
    if (r.first > r.last || last < r.first || physical > r.last) continue;
    return physical >= r.first && last <= r.last && permits(i, access, privilege);
  }
  return privilege == Privilege::Machine;
}

Pmp::PageAnswer Pmp::page(std::uint64_t physical_page, Access access, Privilege privilege) const {
  const std::uint64_t last = physical_page + (kPageSize - 1);
  for (unsigned i = 0; i < kEntries; ++i) {
    const Range& r = ranges_[i];
    if (r.first > r.last || last < r.first || physical_page > r.last) continue;
    if (physical_page < r.first || last > r.last) return PageAnswer::Mixed;
    return permits(i, access, privilege) ? PageAnswer::Allowed : PageAnswer::Denied;
  }
  return privilege == Privilege::Machine ? PageAnswer::Allowed : PageAnswer::Denied;
}

std::uint64_t Pmp::config(unsigned group) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) value |= std::uint64_t{configs_[group * 8 + i]} << (8 * i);
  return value;
}

void Pmp::write_config(unsigned group, std::uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) {
    std::uint8_t& config = configs_[group * 8 + i];
    if ((config & kLocked) != 0) continue;
    config = static_cast<std::uint8_t>(value >> (8 * i)) & kWritable;
    if ((config & kRead) == 0) config &= static_cast<std::uint8_t>(~kWrite);  // write-only is reserved (WARL)
  }
  rebuild();
}

/// An address is also locked by a locked TOR entry above it, whose lower bound it is.
bool Pmp::locked(unsigned entry) const {
  if ((configs_[entry] & kLocked) != 0) return true;
  if (entry + 1 >= kEntries) return false;
  return (configs_[entry + 1] & kLocked) != 0 && match_of(configs_[entry + 1]) == Match::Tor;
}

void Pmp::write_address(unsigned entry, std::uint64_t value) {
  if (locked(entry)) return;
  addresses_[entry] = value & kAddressMask;
  rebuild();
}

void Pmp::rebuild() {
  for (unsigned i = 0; i < kEntries; ++i) {
    const std::uint64_t base = addresses_[i] << 2;
    switch (match_of(configs_[i])) {
      case Match::Off: ranges_[i] = {}; break;
      case Match::Tor: {
        const std::uint64_t from = i == 0 ? 0 : addresses_[i - 1] << 2;
        ranges_[i] = from < base ? Range{from, base - 1} : Range{};
        break;
      }
      case Match::Na4: ranges_[i] = {base, base + 3}; break;
      case Match::Napot: {
        const int ones = std::countr_one(addresses_[i]);  // at most 54: 2^57 bytes
        const std::uint64_t size = 8ULL << ones;
        ranges_[i] = {base & ~(size - 1), (base & ~(size - 1)) + (size - 1)};
        break;
      }
    }
  }
}

}  // namespace roost::rv64
