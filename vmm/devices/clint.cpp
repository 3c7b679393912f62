#include "vmm/devices/clint.hpp"

#include <optional>

namespace roost {
namespace {

constexpr std::uint64_t kTimecmpBase = 0x4000;
constexpr std::uint64_t kMtime = 0xbff8;
constexpr std::uint64_t kEnd = 0xc000;

/// The index of the `stride`-byte register at `offset` of an array at `base`, if it lies within `count`.
std::optional<std::size_t> slot(std::uint64_t offset, std::uint64_t base, std::uint64_t stride, std::size_t count) {
  if (offset < base || (offset - base) / stride >= count) return std::nullopt;
  return static_cast<std::size_t>((offset - base) / stride);
}

/// What an access of 4 or 8 bytes at `offset` sees of a naturally aligned doubleword.
std::uint64_t part(std::uint64_t whole, std::uint64_t offset, unsigned size) {
  if (size == 8) return whole;
  return (offset & 4 ? whole >> 32 : whole) & 0xffffffff;
}

}  // namespace

Clint::Clint(const Clock& clock, Time boot, std::vector<HartLines> harts) : clock_(clock), boot_(boot) {
  for (auto& lines : harts) harts_.push_back(std::make_unique<HartRegisters>(std::move(lines)));
}

std::uint64_t Clint::mtime() const { return static_cast<std::uint64_t>((clock_.now() - boot_) / kTick); }

bool Clint::accepts(std::uint64_t offset, unsigned size) const {
  if (offset < kTimecmpBase) return size == 4;
  return offset < kEnd && (size == 4 || size == 8);
}

std::uint64_t Clint::read(std::uint64_t offset, unsigned size) {
  if (offset / 8 == kMtime / 8) return part(mtime(), offset, size);
  if (const auto hart = slot(offset, kTimecmpBase, 8, harts_.size()))
    return part(harts_[*hart]->mtimecmp.load(std::memory_order_relaxed), offset, size);
  if (const auto hart = slot(offset, 0, 4, harts_.size()))
    return harts_[*hart]->msip.load(std::memory_order_relaxed);
  return 0;
}

void Clint::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  if (const auto hart = slot(offset, kTimecmpBase, 8, harts_.size()))
    return write_timer(*harts_[*hart], offset, size, value);
  if (const auto hart = slot(offset, 0, 4, harts_.size())) {
    HartRegisters& registers = *harts_[*hart];
    registers.msip.store(value & 1, std::memory_order_relaxed);
    registers.lines.msip(value & 1);
  }
}

void Clint::write_timer(HartRegisters& hart, std::uint64_t offset, unsigned size, std::uint64_t value) {
  if (size == 8) {
    hart.mtimecmp.store(value, std::memory_order_relaxed);
  } else {  // one half; a store of the other half at the same time must not be lost
    const unsigned shift = offset & 4 ? 32 : 0;
    std::uint64_t old = hart.mtimecmp.load(std::memory_order_relaxed);
    const auto merged = [&] { return (old & ~(0xffffffffULL << shift)) | (value & 0xffffffff) << shift; };
    while (!hart.mtimecmp.compare_exchange_weak(old, merged(), std::memory_order_relaxed)) {
    }
  }
  hart.timer_settler.settle([&] { hart.lines.mtimecmp(hart.mtimecmp.load(std::memory_order_relaxed)); });
}

}  // namespace roost
