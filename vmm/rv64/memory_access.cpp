#include "vmm/rv64/memory_access.hpp"

#include "vmm/rv64/host_memory.hpp"
#include "vmm/rv64/mmu.hpp"
#include "vmm/rv64/observe.hpp"
#include "vmm/rv64/trap.hpp"

namespace roost::rv64 {

namespace {

bool crosses_page(std::uint64_t address, unsigned size) { return (address % kPageSize) + size > kPageSize; }

/// A misaligned access within a page that the TLB knows: 0 if it does not.
std::uint64_t host_if_known(const TlbEntry* tlb, std::uint64_t address) {
  const TlbEntry& entry = tlb[(address / kPageSize) % kTlbEntries];
  return entry.tag == (address & kPageMask) ? address + entry.addend : 0;
}

Loaded load_physical(Core& core, std::uint64_t address, std::uint64_t physical, unsigned size) {
  if (const std::byte* host = core.environment.ram->host(GuestPhys{physical}, size)) {
    observe_slowly(core, host_address(host), size, Touch::Load);
    return {load_host_bytes(host_address(host), size), true};
  }
  std::uint64_t value = 0;
  const bool aligned = physical % size == 0;
  if (aligned && core.environment.bus->read(GuestPhys{physical}, size, value)) return {value, true};
  set_fault(core, Cause::LoadAccess, address);
  return {};
}

Stored store_physical(Core& core, std::uint64_t address, std::uint64_t physical, unsigned size, std::uint64_t value) {
  if (const std::byte* host = core.environment.ram->host(GuestPhys{physical}, size)) {
    observe_slowly(core, host_address(host), size, Touch::Store);
    store_host_bytes(host_address(host), size, value);
    return tell_tohost(core, physical, size) ? Stored::Outside : Stored::Done;
  }
  const bool aligned = physical % size == 0;
  if (aligned && core.environment.bus->write(GuestPhys{physical}, size, value)) return Stored::Outside;
  set_fault(core, Cause::StoreAccess, address);
  return Stored::Faulted;
}

/// Where a page-crossing access goes: `first` bytes on its first page, the others on the next. Both lie in RAM: a
/// device takes only aligned accesses.
struct Split {
  std::uint64_t low = 0, high = 0;  // physical
  unsigned first = 0;
  bool ok = false;
};

Split resolve_split(Core& core, std::uint64_t address, unsigned size, Access access) {
  const auto first = static_cast<unsigned>(kPageSize - address % kPageSize);
  const Resolved low = resolve(core, address, first, access);
  if (!low.ok) return {};
  const Resolved high = resolve(core, address + first, size - first, access);
  if (!high.ok) return {};
  const GuestRam& ram = *core.environment.ram;
  const bool low_in_ram = ram.contains(GuestPhys{low.physical}, first);
  if (!low_in_ram || !ram.contains(GuestPhys{high.physical}, size - first)) {
    set_fault(core, access_fault(access), low_in_ram ? address + first : address);
    return {};
  }
  return {low.physical, high.physical, first, true};
}

std::uint64_t host_of(const Core& core, std::uint64_t physical) {
  return host_address(core.environment.ram->host(GuestPhys{physical}, 1));
}

Loaded load_split(Core& core, std::uint64_t address, unsigned size) {
  const Split s = resolve_split(core, address, size, Access::Load);
  if (!s.ok) return {};
  observe_slowly(core, host_of(core, s.low), s.first, Touch::Load);
  observe_slowly(core, host_of(core, s.high), size - s.first, Touch::Load);
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) {
    const std::uint64_t physical = i < s.first ? s.low + i : s.high + (i - s.first);
    value |= std::uint64_t{load_host<std::uint8_t>(host_of(core, physical))} << (8 * i);
  }
  return {value, true};
}

Stored store_split(Core& core, std::uint64_t address, unsigned size, std::uint64_t value) {
  const Split s = resolve_split(core, address, size, Access::Store);
  if (!s.ok) return Stored::Faulted;
  observe_slowly(core, host_of(core, s.low), s.first, Touch::Store);
  observe_slowly(core, host_of(core, s.high), size - s.first, Touch::Store);
  for (unsigned i = 0; i < size; ++i) {
    const std::uint64_t physical = i < s.first ? s.low + i : s.high + (i - s.first);
    store_host(host_of(core, physical), static_cast<std::uint8_t>(value >> (8 * i)));
  }
  const bool low_told = tell_tohost(core, s.low, s.first);
  const bool high_told = !low_told && tell_tohost(core, s.high, size - s.first);
  return low_told || high_told ? Stored::Outside : Stored::Done;
}

}  // namespace

bool tell_tohost(const Core& core, std::uint64_t physical, unsigned size) {
  const std::uint64_t tohost = core.environment.tohost;
  if (tohost == 0 || physical >= tohost + 8 || physical + size <= tohost) return false;
  const std::byte* host = core.environment.ram->host(GuestPhys{tohost}, 8);
  if (host == nullptr || !core.environment.on_tohost) return false;
  core.environment.on_tohost(load_host_bytes(host_address(host), 8));
  return true;
}

Resolved resolve(Core& core, std::uint64_t address, unsigned size, Access access) {
  const Privilege privilege = data_privilege(core);
  const Translation t = translate(core, address, access, privilege);
  const bool allowed = t.fault == Cause::None && core.pmp.allows(t.physical, size, access, privilege);
  if (allowed) return {t.physical, true};
  set_fault(core, t.fault != Cause::None ? t.fault : access_fault(access), address);
  return {};
}

void remember(Core& core, std::uint64_t address, std::uint64_t physical, Access access) {
  const std::uint64_t page = physical & kPageMask;
  const std::byte* host = core.environment.ram->host(GuestPhys{page}, kPageSize);
  if (host == nullptr) return;
  const bool holds_tohost = core.environment.tohost != 0 && (core.environment.tohost & kPageMask) == page;
  if (access == Access::Store && holds_tohost) return;
  if (core.pmp.page(page, access, data_privilege(core)) != Pmp::PageAnswer::Allowed) return;
  auto& sets = access == Access::Load ? core.data_tlbs.load : core.data_tlbs.store;
  const std::uint64_t virtual_page = address & kPageMask;
  sets[static_cast<std::size_t>(core.regime)].fill(virtual_page, host_address(host) - virtual_page);
}

Loaded load_slow(Core& core, std::uint64_t address, unsigned size) {
  if (crosses_page(address, size)) return load_split(core, address, size);
  if (const std::uint64_t host = host_if_known(core.load_tlb, address)) {
    observe_slowly(core, host, size, Touch::Load);
    return {load_host_bytes(host, size), true};
  }
  const Resolved at = resolve(core, address, size, Access::Load);
  if (!at.ok) return {};
  remember(core, address, at.physical, Access::Load);
  return load_physical(core, address, at.physical, size);
}

Stored store_slow(Core& core, std::uint64_t address, unsigned size, std::uint64_t value) {
  if (crosses_page(address, size)) return store_split(core, address, size, value);
  if (const std::uint64_t host = host_if_known(core.store_tlb, address)) {
    observe_slowly(core, host, size, Touch::Store);
    store_host_bytes(host, size, value);
    return Stored::Done;
  }
  const Resolved at = resolve(core, address, size, Access::Store);
  if (!at.ok) return Stored::Faulted;
  remember(core, address, at.physical, Access::Store);
  return store_physical(core, address, at.physical, size, value);
}

}  // namespace roost::rv64
