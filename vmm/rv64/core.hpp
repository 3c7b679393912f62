// The room: everything one hart is: registers, CSRs, its TLBs and decoded code, and its doors to the outside.
// Not here: behaviour; each exec_*, csr, trap, mmu, fetch works on this.
// Invariants: owned by the thread inside run(); only `lines` and `timer_compare` are touched by others.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "vmm/rv64/architecture.hpp"
#include "vmm/rv64/code_cache.hpp"
#include "vmm/rv64/hart.hpp"
#include "vmm/rv64/op.hpp"
#include "vmm/rv64/pmp.hpp"
#include "vmm/rv64/tlb.hpp"
#include "vmm/vcpu/memory_observer.hpp"
#include "vmm/vcpu/vcpu.hpp"

namespace roost::rv64 {

struct Csrs {
  std::uint64_t mstatus = mstatus::kUxl64 | mstatus::kSxl64;
  std::uint64_t medeleg = 0, mideleg = 0, mie = 0, mtvec = 0, mscratch = 0, mepc = 0, mcause = 0, mtval = 0;
  std::uint64_t mip_software = 0;  // the bits of mip that are written: SSIP, STIP, SEIP
  std::uint64_t stvec = 0, sscratch = 0, sepc = 0, scause = 0, stval = 0, satp = 0;
  std::uint64_t menvcfg = 0, senvcfg = 0;
  std::uint32_t mcounteren = 0, scounteren = 0, mcountinhibit = 0;
  std::uint32_t frm = 0;
};

/// A counter CSR over a count that never stops: value = count + offset, or `frozen` while mcountinhibit stops it.
struct Counter {
  std::uint64_t offset = 0, frozen = 0;
  bool inhibited = false;

  std::uint64_t read(std::uint64_t count) const { return inhibited ? frozen : count + offset; }
  void write(std::uint64_t count, std::uint64_t value) { inhibited ? frozen = value : offset = value - count; }
  void inhibit(std::uint64_t count, bool stop) {
    const std::uint64_t now = read(count);
    inhibited = stop;
    write(count, now);
  }
};

struct FetchEntry {
  std::uint64_t tag;  // the page's first guest-virtual address, or kEmptyTag
  DecodedPage* page;
};
inline constexpr std::size_t kFetchEntries = 128;
using FetchSet = std::array<FetchEntry, kFetchEntries>;

struct Reservation {
  bool valid = false;
  std::uint64_t host = 0;   // where
  std::uint64_t value = 0;  // what LR saw there
  unsigned size = 0;
};

/// What observed handlers need of their observer (observe.hpp). All of it is empty in a live hart.
struct Watch {
  MemoryObserver* observer = nullptr;
  std::uint64_t origin = 0;  // line = (host address - origin) >> kLineBits
  ShownLines code, data;
  std::uint64_t fetch_line = ~0ULL;  // where code runs
  std::uint64_t page_line = 0;       // the first of core.page
  std::uint64_t accesses = 0, fetches = 0;
  std::uint64_t steps_at_entry = 0;  // of run()
};

struct Core {
  explicit Core(const HartEnvironment& e, std::uint64_t id, VcpuId v) : environment(e), hart_id(id), vcpu(v) {}

  // What every instruction touches comes first.
  std::array<std::uint64_t, 33> x{};  // x[32]: kSinkRegister
  // pc of an op = code_va + 2 * (op - code): the pc itself is never stored while code runs.
  Op* code = nullptr;
  std::uint64_t code_va = 0;
  TlbEntry* load_tlb = nullptr;   // of the regime that data accesses have now
  TlbEntry* store_tlb = nullptr;
  FetchSet* fetch_set = nullptr;  // of the mode that fetches now
  const std::atomic<std::uint32_t>* doorbell = nullptr;
  Csrs csr;
  std::uint32_t fflags = 0;
  std::array<std::uint64_t, 32> f{};  // singles are NaN-boxed

  Privilege privilege = Privilege::Machine;
  DecodedPage* page = nullptr;  // behind `code`, unless that is `landing` or `single`
  std::uint64_t pc = 0;         // while no code runs
  Reservation reservation;
  Regime regime = Regime::Machine;  // of data accesses: what load_tlb and store_tlb belong to
  Cause fault_cause = Cause::None;  // of the last access that failed
  std::uint64_t fault_address = 0;

  // One op that only enters the page of code_va: how traps, returns and run() jump anywhere.
  std::array<Op, 1> landing{};
  // One instruction that lies in no decoded page (across a page's end, or where PMP splits the page); [1] or [2]
  // leaves.
  std::array<Op, 3> single{};
  std::uint32_t single_bits = 0;

  DataTlbs data_tlbs;
  std::array<FetchSet, 3> fetch_sets;  // user, supervisor, machine
  CodeCache code_cache;
  Pmp pmp;

  // The books of one run(): a step is an instruction that retired or trapped.
  std::uint64_t steps_before = 0;  // before the current chunk, since reset
  std::int64_t chunk = 0;          // what the current chunk began with
  std::int64_t left = 0;           // what was left of it when control came back from the handlers
  std::uint64_t traps = 0;         // steps that did not retire, since reset
  std::uint64_t pauses = 0;        // until run() is left because it spins
  bool halted = false;
  ExitWhy leave = ExitWhy::BudgetSpent;
  Counter cycle, instret;
  std::uint64_t ticks = 0;  // mtime when the clock was last read
  Watch watch;

  // ---- any thread ----
  // post_interrupt publishes here before it wakes; the hart reads both when it enters run() and before it halts.
  // seq_cst on both sides: with the dispatcher's pending flag this is a store-load handshake.
  std::atomic<std::uint64_t> lines{0};
  std::atomic<std::uint64_t> timer_compare{0};  // as on QEMU: MTIP is pending until the guest sets a time

  const HartEnvironment environment;
  const std::uint64_t hart_id;
  const VcpuId vcpu;

  std::uint64_t pc_of(const Op* op) const { return code_va + static_cast<std::uint64_t>(op - code) * 2; }
  std::uint64_t steps(std::int64_t budget) const {
    return steps_before + static_cast<std::uint64_t>(chunk - budget);
  }
  std::uint64_t retired(std::int64_t budget) const { return steps(budget) - traps; }
};

}  // namespace roost::rv64
