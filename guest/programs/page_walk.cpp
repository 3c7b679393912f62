// page_walk: every hart turns Sv39 on, walks its memory through two mappings, and repairs the page faults it takes.
//   pages   1..4096           4 KiB pages in each hart's window         [32]
//   rounds  1..1000000        times the window is mapped and taken down  [4]
//   seed    0..1000000        what is stored, and the pages' order      [1]

#include "guest/runtime/checksum.hpp"
#include "guest/runtime/csr.hpp"
#include "guest/runtime/harts.hpp"
#include "guest/runtime/memory.hpp"
#include "guest/runtime/page_table.hpp"
#include "guest/runtime/platform.hpp"
#include "guest/runtime/program.hpp"
#include "guest/runtime/trap.hpp"

namespace guest {
namespace {

// What a hart sees (virtual):
//   0x0_0000_0000  devices: one 1 GiB page
//   0x0_8000_0000  RAM at its own address: 2 MiB pages; a hart's frames are seen here as "direct"
//   0x1_0000_0000  the window: 4 KiB pages on the same frames in another order, absent until a fault asks for them
constexpr uint64_t kWindow = uint64_t{4} << 30;
constexpr uint64_t kPageWords = kPageBytes / 8;

struct Plan {
  uint64_t pages;
  uint64_t rounds;
  uint64_t seed;
};

/// One hart's address space and what came of it.
struct Space {
  PageTable* root = nullptr;
  PageTable* window = nullptr;      // its last level: one after another, 512 pages each
  uint64_t* direct = nullptr;       // the frames at their own addresses
  uint64_t* frame_of = nullptr;     // page number in the window -> frame number
  uint64_t present_faults = 0;      // the page was not there
  uint64_t write_faults = 0;        // it was, but only for reading
  uint64_t execute_faults = 0;      // it was, but not for executing
  uint64_t wrong = 0;
  Checksum checksum;

  uint64_t& entry(uint64_t page) { return window[page / kEntries].entries[page % kEntries]; }
  uint64_t* frame(uint64_t page) { return direct + frame_of[page] * kPageWords; }
};

PerHart<Space> spaces;

uint64_t* seen(uint64_t page) { return reinterpret_cast<uint64_t*>(kWindow + page * kPageBytes); }

/// Grants what was missing, one right at a time: presence (to read), then writing or executing.
void repair(Trap& trap) {
  Space& space = spaces.mine();
  const uint64_t page = (trap.value - kWindow) / kPageBytes;
  uint64_t& entry = space.entry(page);
  if ((entry & kValid) == 0) {
    entry = leaf(reinterpret_cast<uint64_t>(space.frame(page)), kRead);
    ++space.present_faults;
  } else if (trap.cause == Cause::StorePageFault) {
    entry |= kWrite;
    ++space.write_faults;
  } else if (trap.cause == Cause::InstructionPageFault) {
    entry |= kExecute;
    ++space.execute_faults;
  } else {
    ++space.wrong;  // a load from a readable page must not fault; go on behind it rather than forever
    trap.epc += 4;
  }
  flush_translation(trap.value);
}

/// A function in the last words of a page, reached through the window: `li a0, number; ret`.
uint64_t call_page(Space& space, uint64_t page, uint64_t number) {
  constexpr uint64_t kLoadImmediate = 0x00000513, kReturn = 0x00008067;
  const uint64_t last = kPageWords - 1;
  space.frame(page)[last] = kReturn << 32 | kLoadImmediate | number << 20;
  instruction_fence();
  return reinterpret_cast<uint64_t (*)()>(seen(page) + last)();
}

/// Two faults: the page is absent, then it is read-only. Every second page is read first, which takes the first fault.
void write_through_window(Space& space, const Plan& plan, uint64_t round) {
  for (uint64_t page = 0; page < plan.pages; ++page) {
    volatile uint64_t* const words = seen(page);
    if (page % 2 == 0 && words[0] != space.frame(page)[0]) ++space.wrong;
    for (uint64_t i = 0; i < kPageWords; ++i) words[i] = scatter(plan.seed + round + page * kPageWords + i);
  }
}

void check_frames(Space& space, const Plan& plan, uint64_t round) {
  for (uint64_t page = 0; page < plan.pages; ++page) {
    const uint64_t* const words = space.frame(page);
    for (uint64_t i = 0; i < kPageWords; ++i) {
      if (words[i] != scatter(plan.seed + round + page * kPageWords + i)) ++space.wrong;
      space.checksum.add(words[i]);
    }
  }
}

/// One more fault for each page: it cannot be executed. The code changes from round to round.
void execute_through_window(Space& space, const Plan& plan, uint64_t round) {
  for (uint64_t page = 0; page < plan.pages; ++page) {
    const uint64_t number = (page + round) % 2048;
    const uint64_t answer = call_page(space, page, number);
    if (answer != number) ++space.wrong;
    space.checksum.add(answer);
  }
}

void take_down_window(Space& space, const Plan& plan) {
  for (uint64_t page = 0; page < plan.pages; ++page) {
    space.entry(page) = 0;
    flush_translation(kWindow + page * kPageBytes);
  }
}

/// Runs in S mode, with paging on.
void walk(Space& space, const Plan& plan) {
  for (uint64_t round = 0; round < plan.rounds; ++round) {
    write_through_window(space, plan, round);
    check_frames(space, plan, round);
    execute_through_window(space, plan, round);
    take_down_window(space, plan);
  }
}

/// Sattolo's shuffle: no page of the window lies on the frame of its own number.
void shuffle_frames(Space& space, const Plan& plan) {
  Xorshift random(plan.seed);
  for (uint64_t page = 0; page < plan.pages; ++page) space.frame_of[page] = page;
  for (uint64_t page = plan.pages - 1; page > 0; --page) {
    uint64_t& other = space.frame_of[random.next() % page];
    const uint64_t kept = space.frame_of[page];
    space.frame_of[page] = other;
    other = kept;
  }
}

void build(Space& space, const Plan& plan, PageTable* ram) {
  const uint64_t last_levels = (plan.pages + kEntries - 1) / kEntries;
  PageTable* const middle = take_table();
  space.root = take_table();
  space.window = take_table();
  for (uint64_t i = 1; i < last_levels; ++i) take_table();  // the next ones lie behind the first
  for (uint64_t i = 0; i < last_levels; ++i) middle->entries[i] = branch(&space.window[i]);
  space.root->entries[0] = leaf(0, kRead | kWrite);
  space.root->entries[2] = branch(ram);
  space.root->entries[kWindow >> 30] = branch(middle);
  space.direct = take<uint64_t>(plan.pages * kPageWords, kPageBytes);
  space.frame_of = take<uint64_t>(plan.pages);
  shuffle_frames(space, plan);
}

/// All RAM, or its first GiB, at its own address. One table for all harts.
PageTable* map_ram() {
  PageTable* const ram = take_table();
  const uint64_t bytes = platform().memory_bytes;
  for (uint64_t i = 0; i < kEntries && i << 21 < bytes; ++i) {
    ram->entries[i] = leaf(platform().memory_start + (i << 21), kRead | kWrite | kExecute);
  }
  return ram;
}

struct Job {
  Space* space;
  const Plan* plan;
};

void walk_with_paging_on(const Plan& plan) {
  Job job{&spaces.mine(), &plan};
  set_csr<Csr::medeleg>(1 << 12 | 1 << 13 | 1 << 15);
  write_csr<Csr::satp>(kSv39 | reinterpret_cast<uint64_t>(job.space->root) / kPageBytes);
  flush_translations();
  run_in_supervisor([](void* argument) {
    const Job& mine = *static_cast<Job*>(argument);
    walk(*mine.space, *mine.plan);
  }, &job);
  write_csr<Csr::satp>(0);
  flush_translations();
}

}  // namespace

ExitCode run(Arguments& arguments) {
  const uint64_t pages = arguments.number("pages", 32, {1, 4096});
  const uint64_t rounds = arguments.number("rounds", 4, {1, 1'000'000});
  const uint64_t seed = arguments.number("seed", 1, {0, 1'000'000});
  arguments.done();

  const Plan plan{pages, rounds, seed};
  PageTable* const ram = map_ram();
  for (uint64_t hart = 0; hart < hart_count(); ++hart) build(spaces[hart], plan, ram);
  on_trap(Cause::LoadPageFault, repair);
  on_trap(Cause::StorePageFault, repair);
  on_trap(Cause::InstructionPageFault, repair);
  on_every_hart([&] { walk_with_paging_on(plan); });

  bool ok = true;
  uint64_t faults = 0;
  for (uint64_t hart = 0; hart < hart_count(); ++hart) {
    const Space& space = spaces[hart];
    const uint64_t each = pages * rounds;
    ok = ok && space.wrong == 0 && space.checksum.value() == spaces[0].checksum.value();
    ok = ok && space.present_faults == each && space.write_faults == each && space.execute_faults == each;
    faults += space.present_faults + space.write_faults + space.execute_faults;
  }
  return report(ok, "page_walk: harts=%lu pages=%lu rounds=%lu faults=%lu checksum=0x%016lx", hart_count(), pages,
                rounds, faults, spaces[0].checksum.value());
}

}  // namespace guest
