#include "vmm/rv64/observe.hpp"

#include "sched/vocabulary/check.hpp"
#include "vmm/rv64/dispatch.hpp"
#include "vmm/rv64/exec_flow.hpp"

namespace roost::rv64 {

namespace {

bool is_shown(const Core& core, std::uint64_t line, Touch how) {
  if (how == Touch::Fetch) return core.watch.code.may_read(line);
  const bool writes = how == Touch::Store || how == Touch::Atomic;
  return writes ? core.watch.data.may_write(line) : core.watch.data.may_read(line);
}

void tell(Core& core, std::uint64_t line, Touch how) {
  core.watch.observer->touch(line, how);
  check(is_shown(core, line, how), "an observer shows what it was told of");
}

void tell(Core& core, std::uint64_t line, Touch how, std::int64_t budget) {
  core.watch.observer->steps = core.steps(budget) - core.watch.steps_at_entry;
  tell(core, line, how);
}

/// Where the real handler of a wrapped op waits: the first or the second halfword of a line begins it.
std::size_t place_behind(std::size_t slot) { return slot / kSlotsPerLine * 2 + slot % kSlotsPerLine; }

}  // namespace

Cursor observe_and_retry(Core& core, const Op* op, std::int64_t budget, std::uint64_t host, Touch how) {
  tell(core, line_of(core, host), how, budget);
  return op->run(core, op, budget);
}

Cursor observe_fetch_and_go(Core& core, const Op* op, std::int64_t budget) {
  tell(core, core.watch.fetch_line, Touch::Fetch, budget);
  return dispatch(core, op, budget);
}

Cursor enter_line(Core& core, const Op* op, std::int64_t budget) {
  observe_entry(core, op, budget);
  const auto slot = static_cast<std::size_t>(op - core.code);
  return (*core.page->behind)[place_behind(slot)](core, op, budget);
}

void wrap_line_entry(DecodedPage& page, std::size_t slot) {
  const std::size_t place = slot % kSlotsPerLine;
  const bool follows = place == 1 && page.ops[slot - 1].run != &decode_and_run;  // a compressed one began the line
  if (place > 1 || follows) return;
  if (page.behind == nullptr) page.behind = std::make_unique<DecodedPage::Behind>();
  (*page.behind)[place_behind(slot)] = page.ops[slot].run;
  page.ops[slot].run = &enter_line;
}

void observe_slowly(Core& core, std::uint64_t host, unsigned size, Touch how) {
  if (core.watch.observer == nullptr) return;
  ++core.watch.accesses;
  const std::uint64_t first = line_of(core, host), last = line_of(core, host + size - 1);
  for (std::uint64_t line = first; line <= last; ++line)
    if (!is_shown(core, line, how)) tell(core, line, how);
}

void observe_entry(Core& core, const Op* op, std::int64_t budget) {
  if (!Observed::fetches(core, op)) tell(core, core.watch.fetch_line, Touch::Fetch, budget);
}

}  // namespace roost::rv64
