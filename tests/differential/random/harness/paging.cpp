#include "tests/differential/random/harness/paging.hpp"

#include "tests/differential/random/harness/csr.hpp"
#include "tests/differential/random/harness/here.hpp"

namespace roost::random_programs {
namespace {

using Entry = uint64_t;

enum Table : uint64_t { kRoot48, kRoot39, kLow, kHarness, kCodeTable, kWindow, kTableCount };

constexpr Entry kAll = kValid | kRead | kWrite | kExecute | kAccessed | kDirty;

uint64_t address_of(Table table) { return kTables + table * kPage; }
Entry* entries(Table table) { return reinterpret_cast<Entry*>(seen_from_here(address_of(table))); }
Entry leaf(uint64_t physical, Entry flags) { return physical >> 12 << 10 | flags; }
Entry pointer(Table table) { return leaf(address_of(table), kValid); }
Entry user_flag(const Program& program) { return program.mode == Mode::User ? kUser : 0; }

}  // namespace

uint64_t build_tables(const Program& program) {
  for (uint64_t i = 0; i < kTableCount * kPage / 8; ++i) entries(kRoot48)[i] = 0;
  entries(kRoot48)[0] = pointer(kRoot39);
  entries(kRoot48)[511] = pointer(kRoot39);
  entries(kRoot39)[0] = pointer(kLow);
  entries(kRoot39)[kGigaVirtual >> 30] = leaf(kImageBase, program.giga_flags);
  entries(kRoot39)[kHarnessVirtual >> 30 & 511] = pointer(kHarness);
  entries(kRoot39)[511] = pointer(kLow);
  entries(kLow)[1] = pointer(kCodeTable);
  entries(kLow)[2] = pointer(kWindow);
  entries(kLow)[3] = leaf(kScratch, program.super_flags);
  for (uint64_t i = 0; i < kRawEntries; ++i) entries(kLow)[4 + i] = program.raw_entries[i];
  for (uint64_t i = 0; i < 7; ++i) entries(kHarness)[i] = leaf(kImageBase + (i << 21), kAll | kGlobal);
  for (uint64_t i = 0; i < kCodePages; ++i) {
    entries(kCodeTable)[i] = leaf(kCode + i * kPage, program.code_flags[i]);
  }
  for (uint64_t i = 0; i < kWindowPages; ++i) {
    entries(kWindow)[i] = leaf(kScratch + program.window_page[i] * kPage, program.window_flags[i]);
  }
  if (program.paging == 0) return 0;
  const Table root = program.paging == 9 ? kRoot48 : kRoot39;
  return uint64_t{program.paging} << 60 | address_of(root) >> 12;
}

void repair_code_page(const Program& program, uint64_t address) {
  const uint64_t page = (address - kCodeVirtual) / kPage;
  if (page >= kCodePages) return;
  const Entry flags = kValid | kRead | kExecute | kAccessed | user_flag(program);  // code is written in M-mode only
  entries(kCodeTable)[page] = leaf(kCode + page * kPage, flags);
  fence_translation(address);
}

bool repair_window_page(const Program& program, uint64_t address) {
  const uint64_t page = (address - kWindowVirtual) / kPage;
  if (page >= kWindowPages) return false;
  const Entry flags = kValid | kRead | kWrite | kAccessed | kDirty | user_flag(program);
  entries(kWindow)[page] = leaf(kScratch + program.window_page[page] * kPage, flags);
  fence_translation(address);
  return true;
}

uint64_t watched_tables() { return address_of(kWindow); }
uint64_t watched_table_bytes() { return kWindowPages * 8; }

}  // namespace roost::random_programs
