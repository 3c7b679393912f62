#include "vmm/rv64/mmu.hpp"

#include <atomic>

#include "vmm/rv64/host_memory.hpp"

namespace roost::rv64 {

namespace {

namespace pte {
constexpr std::uint64_t kValid = 1, kRead = 2, kWrite = 4, kExecute = 8, kUser = 16, kAccessed = 64, kDirty = 128;
constexpr std::uint64_t kReserved = ~0ULL << 54;  // no Svnapot, no Svpbmt
}  // namespace pte

constexpr unsigned kIndexBits = 9;

struct Request {
  std::uint64_t address;
  Access access;
  Privilege privilege;
};

bool leaf_permits(const Core& core, std::uint64_t entry, const Request& r) {
  const bool user_page = (entry & pte::kUser) != 0;
  if (r.privilege == Privilege::User && !user_page) return false;
  if (r.privilege == Privilege::Supervisor && user_page) {
    const bool sum = (core.csr.mstatus & mstatus::kSum) != 0;
    if (!sum || r.access == Access::Fetch) return false;
  }
  if (r.access == Access::Fetch) return (entry & pte::kExecute) != 0;
  if (r.access == Access::Store) return (entry & pte::kWrite) != 0;
  const bool mxr = (core.csr.mstatus & mstatus::kMxr) != 0;
  return (entry & pte::kRead) != 0 || (mxr && (entry & pte::kExecute) != 0);
}

/// The host address of a page table entry, or 0 if it is not in RAM or PMP forbids the access.
std::uint64_t entry_host(const Core& core, std::uint64_t physical, Access access) {
  const std::byte* host = core.environment.ram->host(GuestPhys{physical}, 8);
  if (host == nullptr || !core.pmp.allows(physical, 8, access, Privilege::Supervisor)) return 0;
  return host_address(host);
}

enum class Leaf { Done, Changed, NoAccess };

/// Sets A and D in the very entry that was checked: if somebody changed it since, the walk starts again.
Leaf mark_used(const Core& core, std::uint64_t physical, std::uint64_t entry, Access access) {
  const std::uint64_t wanted = entry | pte::kAccessed | (access == Access::Store ? pte::kDirty : 0);
  if (wanted == entry) return Leaf::Done;
  const std::uint64_t host = entry_host(core, physical, Access::Store);
  if (host == 0) return Leaf::NoAccess;
  const std::atomic_ref<std::uint64_t> memory(*reinterpret_cast<std::uint64_t*>(host));
  return memory.compare_exchange_strong(entry, wanted) ? Leaf::Done : Leaf::Changed;
}

bool is_canonical(std::uint64_t address, unsigned bits) {
  const std::int64_t top = static_cast<std::int64_t>(address) >> (bits - 1);
  return top == 0 || top == -1;
}

struct Step {
  Translation result;
  bool again = false;
};

Step finish(Core& core, const Request& r, std::uint64_t entry, std::uint64_t entry_address, unsigned shift) {
  const std::uint64_t physical_page = entry >> 10 << 12;
  const std::uint64_t offset_mask = (1ULL << shift) - 1;
  const std::uint64_t rights = entry & (pte::kRead | pte::kWrite | pte::kExecute);
  const bool reserved_rights = (rights & pte::kWrite) != 0 && (rights & pte::kRead) == 0;
  const bool misaligned = (physical_page & offset_mask) != 0;
  if (reserved_rights || misaligned || !leaf_permits(core, entry, r)) return {{0, page_fault(r.access)}};
  switch (mark_used(core, entry_address, entry, r.access)) {
    case Leaf::Done: return {{physical_page | (r.address & offset_mask), Cause::None}};
    case Leaf::NoAccess: return {{0, access_fault(r.access)}};
    case Leaf::Changed: break;
  }
  return {{}, true};
}

Step walk(Core& core, const Request& r, unsigned levels) {
  std::uint64_t table = (core.csr.satp & ((1ULL << 44) - 1)) << 12;
  for (unsigned level = levels; level-- > 0;) {
    const unsigned shift = 12 + kIndexBits * level;
    const std::uint64_t address = table + (r.address >> shift & 0x1ff) * 8;
    const std::uint64_t host = entry_host(core, address, Access::Load);
    if (host == 0) return {{0, access_fault(r.access)}};
    const auto entry = load_host<std::uint64_t>(host);
    if ((entry & pte::kValid) == 0 || (entry & pte::kReserved) != 0) break;
    if ((entry & (pte::kRead | pte::kWrite | pte::kExecute)) != 0) return finish(core, r, entry, address, shift);
    if ((entry & (pte::kDirty | pte::kAccessed | pte::kUser)) != 0) break;  // reserved in a pointer
    table = entry >> 10 << 12;
  }
  return {{0, page_fault(r.access)}};
}

}  // namespace

Translation translate(Core& core, std::uint64_t virtual_address, Access access, Privilege privilege) {
  const std::uint64_t mode = core.csr.satp >> 60;
  if (privilege == Privilege::Machine || mode == 0) return {virtual_address, Cause::None};
  const unsigned levels = mode == 8 ? 3 : 4;  // the only modes that satp takes
  if (!is_canonical(virtual_address, 12 + kIndexBits * levels)) return {0, page_fault(access)};
  for (;;) {
    const Step step = walk(core, {virtual_address, access, privilege}, levels);
    if (!step.again) return step.result;
  }
}

}  // namespace roost::rv64
