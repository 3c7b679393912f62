#include "vmm/rv64/exec_a.hpp"

namespace roost::rv64 {

namespace {

AtomicPlace atomic_place(Core& core, std::uint64_t address, unsigned size, Access access) {
  core.fault_cause = Cause::None;
  if (address % size != 0) {
    set_fault(core, access == Access::Load ? Cause::LoadMisaligned : Cause::StoreMisaligned, address);
    return {};
  }
  const Resolved at = resolve(core, address, size, access);
  if (!at.ok) return {};
  remember(core, address, at.physical, access);
  const std::byte* host = core.environment.ram->host(GuestPhys{at.physical}, size);
  if (host == nullptr) return {at.physical, 0};
  observe_slowly(core, host_address(host), size, access == Access::Load ? Touch::Load : Touch::Atomic);
  return {at.physical, host_address(host)};
}

}  // namespace

bool is_reserved(const Reservation& reservation) {
  if (!reservation.valid) return false;
  const auto holds = [&]<typename T>(T expected) {
    return std::atomic_ref<T>(*reinterpret_cast<T*>(reservation.host)).load() == expected;
  };
  return reservation.size == sizeof(std::uint32_t) ? holds(static_cast<std::uint32_t>(reservation.value))
                                                   : holds(reservation.value);
}

AtomicPlace amo_place(Core& core, std::uint64_t address, unsigned size) {
  return atomic_place(core, address, size, Access::Store);
}

AtomicPlace reserved_place(Core& core, std::uint64_t address, unsigned size, Access access) {
  const AtomicPlace at = atomic_place(core, address, size, access);
  if (core.fault_cause == Cause::None && at.host == 0) set_fault(core, access_fault(access), address);
  return at;
}

DeviceAmo amo_device(Core& core, const Op* op, unsigned size, std::uint64_t physical, AmoFunction apply) {
  const Bus& bus = *core.environment.bus;
  std::uint64_t old = 0;
  if (!bus.read(GuestPhys{physical}, size, old) ||
      !bus.write(GuestPhys{physical}, size, apply(old, core.x[op->rs2]))) {
    set_fault(core, Cause::StoreAccess, core.x[op->rs1]);
    return {};
  }
  return {old, true};
}

}  // namespace roost::rv64
