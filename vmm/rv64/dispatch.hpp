// The room: from one op to the next: the few lines that every handler ends with.
// Not here: what happens when control leaves the page or the engine (exec_flow).
//
// In an optimised build each handler ends in a jump to the next one (a sibling call), so the engine is one web of
// jumps, and each handler's own jump gives the host's branch predictor its own history. Where a build would turn those
// into real calls (no optimisation, sanitizers) the handler returns the next op to the loop in Hart::run instead.
#pragma once

#include <atomic>
#include <cstdint>

#include "vmm/rv64/core.hpp"
#include "vmm/rv64/observe.hpp"

namespace roost::rv64 {

#if defined(ROOST_THREADED_DISPATCH) && defined(__OPTIMIZE__)
inline constexpr bool kThreaded = true;
#else
inline constexpr bool kThreaded = false;
#endif

// exec_flow: the ways out of the straight line.
Cursor jump_far(Core& core, std::uint64_t pc, std::int64_t budget);
Cursor leave_kicked(Core& core, const Op* op, std::int64_t budget);

[[gnu::always_inline]] inline Cursor dispatch(Core& core, const Op* op, std::int64_t budget) {
  if (!kThreaded || budget == 0) [[unlikely]] {
    core.left = budget;
    return op;
  }
  return op->run(core, op, budget);
}

/// This instruction took `Slots` halfwords and has retired: on to the one behind it.
template <unsigned Slots>
[[gnu::always_inline]] inline Cursor next(Core& core, const Op* op, std::int64_t budget) {
  return dispatch(core, op + Slots, budget - 1);
}

/// A taken branch within the page, `displacement` bytes of ops away: a block ends here, so the doorbell is looked at.
template <typename Observer>
[[gnu::always_inline]] inline Cursor jump_near(Core& core, const Op* op, std::int32_t displacement,
                                               std::int64_t budget) {
  const Op* target = reinterpret_cast<const Op*>(reinterpret_cast<const char*>(op) + displacement);
  if (core.doorbell->load(std::memory_order_relaxed) != 0) [[unlikely]] return leave_kicked(core, target, budget - 1);
  if (!Observer::fetches(core, target)) [[unlikely]] return observe_fetch_and_go(core, target, budget - 1);
  return dispatch(core, target, budget - 1);
}

/// A taken jump anywhere.
template <typename Observer>
[[gnu::always_inline]] inline Cursor jump(Core& core, std::uint64_t pc, std::int64_t budget) {
  const FetchEntry& entry = (*core.fetch_set)[(pc / kPageSize) % kFetchEntries];
  if (entry.tag != (pc & kPageMask) || core.doorbell->load(std::memory_order_relaxed) != 0) [[unlikely]]
    return jump_far(core, pc, budget - 1);
  core.page = entry.page;
  core.code = entry.page->ops.data();
  core.code_va = entry.tag;
  Observer::enter_page(core);
  const Op* target = core.code + (pc % kPageSize) / 2;
  if (!Observer::fetches(core, target)) [[unlikely]] return observe_fetch_and_go(core, target, budget - 1);
  return dispatch(core, target, budget - 1);
}

}  // namespace roost::rv64
