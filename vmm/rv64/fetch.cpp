#include "vmm/rv64/fetch.hpp"

#include "vmm/rv64/decode.hpp"
#include "vmm/rv64/encoding.hpp"
#include "vmm/rv64/exec_flow.hpp"
#include "vmm/rv64/host_memory.hpp"
#include "vmm/rv64/mmu.hpp"

namespace roost::rv64 {

namespace {

struct Halfword {
  std::uint16_t bits = 0;
  Cause fault = Cause::None;
};

Halfword fetch_halfword(Core& core, std::uint64_t address) {
  const Translation t = translate(core, address, Access::Fetch, core.privilege);
  if (t.fault != Cause::None) return {0, t.fault};
  const std::byte* host = core.environment.ram->host(GuestPhys{t.physical}, 2);
  if (host == nullptr || !core.pmp.allows(t.physical, 2, Access::Fetch, core.privilege))
    return {0, Cause::FetchAccess};
  return {load_host<std::uint16_t>(host_address(host)), Cause::None};
}

}  // namespace

FoundCode find_code(Core& core, std::uint64_t pc) {
  const Translation t = translate(core, pc, Access::Fetch, core.privilege);
  if (t.fault != Cause::None) return {nullptr, t.fault};
  const std::uint64_t physical_page = t.physical & kPageMask;
  const std::byte* host = core.environment.ram->host(GuestPhys{physical_page}, kPageSize);
  if (host == nullptr) return {nullptr, Cause::FetchAccess};
  switch (core.pmp.page(physical_page, Access::Fetch, core.privilege)) {
    case Pmp::PageAnswer::Denied: return {nullptr, Cause::FetchAccess};
    case Pmp::PageAnswer::Mixed: return {};
    case Pmp::PageAnswer::Allowed: break;
  }
  const CodeCache::Found found = core.code_cache.at(host);
  if (found.recycled) flush_fetch(core);
  return {found.page, Cause::None};
}

Fault fetch_single(Core& core, std::uint64_t pc) {
  const Halfword first = fetch_halfword(core, pc);
  if (first.fault != Cause::None) return {pc, first.fault};
  const bool compressed = is_compressed(first.bits);
  const Halfword second = compressed ? Halfword{} : fetch_halfword(core, pc + 2);
  if (second.fault != Cause::None) return {pc + 2, second.fault};
  core.single_bits = first.bits | std::uint32_t{second.bits} << 16;
  const CodePlace place{kNowhere, core.watch.observer != nullptr};
  core.single[0] = compressed ? decode_compressed(first.bits, place) : decode(core.single_bits, 2, place);
  core.code = core.single.data();
  core.code_va = pc;
  return {};
}

Op decode_slot(const DecodedPage& page, std::size_t slot, bool observed) {
  const std::uint16_t first = page.halfword(slot);
  const CodePlace place{static_cast<int>(slot), observed};
  if (is_compressed(first)) return decode_compressed(first, place);
  if (slot + 1 == DecodedPage::kSlots) return Op{&run_across_pages, 0, 0, 0, 0, 0};
  return decode(encoding_at(page, slot), 2, place);
}

std::uint32_t encoding_at(const DecodedPage& page, std::size_t slot) {
  const std::uint16_t first = page.halfword(slot);
  if (is_compressed(first)) return first;
  return first | std::uint32_t{page.halfword(slot + 1)} << 16;
}

}  // namespace roost::rv64
