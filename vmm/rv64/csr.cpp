#include "vmm/rv64/csr.hpp"

#include "vmm/rv64/csr_numbers.hpp"
#include "vmm/rv64/exec_flow.hpp"
#include "vmm/rv64/trap.hpp"

namespace roost::rv64 {

namespace {

constexpr std::uint64_t bit(unsigned n) { return 1ULL << n; }

constexpr std::uint64_t kSstatusWrite =
    mstatus::kSie | mstatus::kSpie | mstatus::kSpp | mstatus::kFs | mstatus::kSum | mstatus::kMxr;
constexpr std::uint64_t kSstatusRead = kSstatusWrite | mstatus::kUxl64 | mstatus::kSd;
constexpr std::uint64_t kMstatusWrite = kSstatusWrite | mstatus::kMie | mstatus::kMpie | mstatus::kMpp |
                                        mstatus::kMprv | mstatus::kTvm | mstatus::kTw | mstatus::kTsr;
constexpr std::uint64_t kSupervisorLines = bit(kSsip) | bit(kStip) | bit(kSeip);
constexpr std::uint64_t kAllLines = kSupervisorLines | bit(kMsip) | bit(kMtip) | bit(kMeip);
constexpr std::uint64_t kDelegableExceptions = 0xb3ff;  // all but ecall from M
constexpr std::uint64_t kFiom = 1;                      // the only bit of menvcfg and senvcfg that means something here
constexpr std::uint32_t kCycleBit = 1, kInstretBit = 4;

constexpr bool between(unsigned n, unsigned first, unsigned last) { return n >= first && n <= last; }

bool exists(unsigned number) {
  using namespace csr;
  switch (number) {
    case kFflags: case kFrm: case kFcsr:
    case kSstatus: case kSie: case kStvec: case kScounteren: case kSenvcfg:
    case kSscratch: case kSepc: case kScause: case kStval: case kSip: case kSatp:
    case kMvendorid: case kMarchid: case kMimpid: case kMhartid: case kMconfigptr:
    case kMstatus: case kMisa: case kMedeleg: case kMideleg: case kMie: case kMtvec: case kMcounteren: case kMenvcfg:
    case kMcountinhibit: case kMscratch: case kMepc: case kMcause: case kMtval: case kMip:
    case kPmpcfg0: case kPmpcfg2: case kMcycle: case kMinstret:
      return true;
    default:
      return between(number, kCycle, kHpmcounter31) || between(number, kMhpmcounter3, kMhpmcounter31) ||
             between(number, kMhpmevent3, kMhpmevent31) || between(number, kPmpaddr0, kPmpaddr15);
  }
}

/// priv 3.1.11, 4.1.5: the counters that lower modes may read.
bool counter_allowed(const Core& core, unsigned number) {
  const std::uint32_t mask = 1U << (number - csr::kCycle);
  if (core.privilege == Privilege::Machine) return true;
  if ((core.csr.mcounteren & mask) == 0) return false;
  return core.privilege == Privilege::Supervisor || (core.csr.scounteren & mask) != 0;
}

std::uint64_t read_mstatus(const Core& core) {
  const std::uint64_t status = core.csr.mstatus;
  return (status & mstatus::kFs) == mstatus::kFs ? status | mstatus::kSd : status;
}

std::uint64_t read_mip(Core& core) {
  refresh_ticks(core);
  return pending_interrupts(core);
}

std::uint64_t read_machine(Core& core, unsigned number) {
  const Csrs& c = core.csr;
  switch (number) {
    case csr::kMhartid: return core.hart_id;
    case csr::kMstatus: return read_mstatus(core);
    case csr::kMisa: return kMisaValue;
    case csr::kMedeleg: return c.medeleg;
    case csr::kMideleg: return c.mideleg;
    case csr::kMie: return c.mie;
    case csr::kMtvec: return c.mtvec;
    case csr::kMcounteren: return c.mcounteren;
    case csr::kMenvcfg: return c.menvcfg;
    case csr::kMcountinhibit: return c.mcountinhibit;
    case csr::kMscratch: return c.mscratch;
    case csr::kMepc: return c.mepc;
    case csr::kMcause: return c.mcause;
    case csr::kMtval: return c.mtval;
    case csr::kMip: return read_mip(core);
    case csr::kPmpcfg0: return core.pmp.config(0);
    case csr::kPmpcfg2: return core.pmp.config(1);
    default: break;
  }
  if (between(number, csr::kPmpaddr0, csr::kPmpaddr15)) return core.pmp.address(number - csr::kPmpaddr0);
  return 0;  // ids and performance counters
}

void write_mstatus(Core& core, std::uint64_t value, std::uint64_t mask) {
  constexpr std::uint64_t kReservedMode = 2ULL << mstatus::kMppShift;
  if ((value & mstatus::kMpp) == kReservedMode) mask &= ~mstatus::kMpp;
  const std::uint64_t old = core.csr.mstatus;
  core.csr.mstatus = (old & ~mask) | (value & mask);
  const bool mxr_changed = ((old ^ core.csr.mstatus) & mstatus::kMxr) != 0;
  if (mxr_changed) core.data_tlbs.flush();  // loads that hit were allowed by the old one
}

void write_satp(Core& core, std::uint64_t value) {
  const std::uint64_t mode = value >> 60;
  if (mode != 0 && mode != 8 && mode != 9) return;  // priv 4.1.11: the write has no effect at all
  core.csr.satp = value;
  core.data_tlbs.flush();
  flush_fetch(core);
}

void write_inhibit(Core& core, std::uint64_t value, std::int64_t budget) {
  core.csr.mcountinhibit = static_cast<std::uint32_t>(value) & (kCycleBit | kInstretBit);
  core.cycle.inhibit(core.steps(budget), (value & kCycleBit) != 0);
  core.instret.inhibit(core.retired(budget), (value & kInstretBit) != 0);
}

void write_tvec(std::uint64_t& tvec, std::uint64_t value) {
  if ((value & 3) < 2) tvec = value;
}

void set_bits(std::uint64_t& target, std::uint64_t mask, std::uint64_t value) {
  target = (target & ~mask) | (value & mask);
}

void write_fp(Core& core, unsigned number, std::uint64_t value) {
  if (number == csr::kFflags) core.fflags = value & 31;
  if (number == csr::kFrm) core.csr.frm = value & 7;
  if (number == csr::kFcsr) {
    core.fflags = value & 31;
    core.csr.frm = value >> 5 & 7;
  }
  core.csr.mstatus |= mstatus::kFs;
}

bool write_plain(Core& core, unsigned number, std::uint64_t value) {
  Csrs& c = core.csr;
  switch (number) {
    case csr::kStvec: return write_tvec(c.stvec, value), true;
    case csr::kScounteren: return c.scounteren = static_cast<std::uint32_t>(value), true;
    case csr::kSenvcfg: return c.senvcfg = value & kFiom, true;
    case csr::kSscratch: return c.sscratch = value, true;
    case csr::kSepc: return c.sepc = value & ~1ULL, true;
    case csr::kScause: return c.scause = value, true;
    case csr::kStval: return c.stval = value, true;
    case csr::kMedeleg: return c.medeleg = value & kDelegableExceptions, true;
    case csr::kMtvec: return write_tvec(c.mtvec, value), true;
    case csr::kMcounteren: return c.mcounteren = static_cast<std::uint32_t>(value), true;
    case csr::kMenvcfg: return c.menvcfg = value & kFiom, true;
    case csr::kMscratch: return c.mscratch = value, true;
    case csr::kMepc: return c.mepc = value & ~1ULL, true;
    case csr::kMcause: return c.mcause = value, true;
    case csr::kMtval: return c.mtval = value, true;
    case csr::kFflags: case csr::kFrm: case csr::kFcsr: return write_fp(core, number, value), true;
    default: return false;
  }
}

bool write_pmp(Core& core, unsigned number, std::uint64_t value) {
  if (number == csr::kPmpcfg0) core.pmp.write_config(0, value);
  else if (number == csr::kPmpcfg2) core.pmp.write_config(1, value);
  else if (between(number, csr::kPmpaddr0, csr::kPmpaddr15)) core.pmp.write_address(number - csr::kPmpaddr0, value);
  else return false;
  core.data_tlbs.flush();
  flush_fetch(core);
  return true;
}

}  // namespace

bool csr_allowed(const Core& core, unsigned number, bool write) {
  const bool read_only = number >> 10 == 3;
  const unsigned lowest = number >> 8 & 3;
  if (!exists(number) || (write && read_only)) return false;
  if (static_cast<unsigned>(core.privilege) < lowest) return false;
  if (number <= csr::kFcsr) return (core.csr.mstatus & mstatus::kFs) != 0;
  if (between(number, csr::kCycle, csr::kHpmcounter31)) return counter_allowed(core, number);
  const bool trapped = number == csr::kSatp && core.privilege == Privilege::Supervisor;
  return !trapped || (core.csr.mstatus & mstatus::kTvm) == 0;
}

std::uint64_t csr_read(Core& core, unsigned number, std::int64_t budget) {
  const Csrs& c = core.csr;
  switch (number) {
    case csr::kFflags: return core.fflags;
    case csr::kFrm: return c.frm;
    case csr::kFcsr: return core.fflags | c.frm << 5;
    case csr::kTime: return refresh_ticks(core), core.ticks;
    case csr::kCycle: case csr::kMcycle: return core.cycle.read(core.steps(budget));
    case csr::kInstret: case csr::kMinstret: return core.instret.read(core.retired(budget));
    case csr::kSstatus: return read_mstatus(core) & kSstatusRead;
    case csr::kSie: return c.mie & c.mideleg;
    case csr::kSip: return read_mip(core) & c.mideleg;
    case csr::kStvec: return c.stvec;
    case csr::kScounteren: return c.scounteren;
    case csr::kSenvcfg: return c.senvcfg;
    case csr::kSscratch: return c.sscratch;
    case csr::kSepc: return c.sepc;
    case csr::kScause: return c.scause;
    case csr::kStval: return c.stval;
    case csr::kSatp: return c.satp;
    default: return read_machine(core, number);
  }
}

std::uint64_t csr_read_to_modify(Core& core, unsigned number, std::int64_t budget) {
  if (number == csr::kMip) return core.csr.mip_software;
  if (number == csr::kSip) return core.csr.mip_software & core.csr.mideleg;
  return csr_read(core, number, budget);
}

CsrEffect csr_write(Core& core, unsigned number, std::uint64_t value, std::int64_t budget) {
  if (write_plain(core, number, value)) return CsrEffect::None;
  if (write_pmp(core, number, value)) return CsrEffect::Resync;
  Csrs& c = core.csr;
  switch (number) {
    case csr::kMstatus: write_mstatus(core, value, kMstatusWrite); break;
    case csr::kSstatus: write_mstatus(core, value, kSstatusWrite); break;
    case csr::kMideleg: c.mideleg = value & kSupervisorLines; break;
    case csr::kMie: c.mie = value & kAllLines; break;
    case csr::kSie: set_bits(c.mie, c.mideleg, value); break;
    case csr::kMip: set_bits(c.mip_software, kSupervisorLines, value); break;
    case csr::kSip: set_bits(c.mip_software, c.mideleg & bit(kSsip), value); break;
    case csr::kSatp: write_satp(core, value); break;
    // What a write leaves is seen by the next instruction, before which this one will have been counted.
    case csr::kMcycle: core.cycle.write(core.steps(budget - 1), value); break;
    case csr::kMinstret: core.instret.write(core.retired(budget - 1), value); break;
    case csr::kMcountinhibit: write_inhibit(core, value, budget - 1); break;
    default: break;  // misa and the performance counters: writable, and always the same
  }
  return CsrEffect::Resync;
}

}  // namespace roost::rv64
