#include "vmm/caches/cache_growth.hpp"

namespace roost {

namespace {

constexpr int kPieces = 8;

Lines scaled_to(Lines amount, Lines part, Lines of) { return scaled(amount, raw(part), raw(of)); }

/// While there is room nothing is evicted.
Grown filled(Lines before, const Touching& by) {
  const Lines gap = by.working_set - before;
  const Lines misses = gap - times(gap, exp_of_minus(ratio(by.touched, by.working_set)));
  return {before + misses, misses};
}

/// One piece in a full cache: E' = n - k E, with k = n/W + (m + others)/C, runs from `before` towards n/k.
Grown replaced(Lines before, const Touching& by, Lines capacity) {
  const Lines gap = by.working_set - before;
  if (raw(gap) == 0) return {times(before, exp_of_minus(ratio(by.others, capacity))), Lines{}};
  const Lines first_misses = scaled_to(by.touched, gap, by.working_set);
  const std::uint64_t k = ratio(by.touched, by.working_set) + ratio(first_misses + by.others, capacity);
  if (k == 0) return {before, Lines{}};
  const Lines end = scaled(by.touched, kOne, k);
  const std::uint64_t kept = exp_of_minus(k), mean_kept = std::min(scaled(kOne - kept, kOne, k), kOne);
  const auto between = [&](std::uint64_t share) {  // of the way that is still to go
    return end - times(end - before, share) + times(before - end, share);
  };
  const Lines misses = scaled_to(by.touched, by.working_set - between(mean_kept), by.working_set);
  return {std::min(between(kept), capacity), misses};
}

}  // namespace

Grown grown(Lines before, const Touching& touching, Lines capacity, Lines room) {
  Touching left = touching;
  Grown now{before, Lines{}};
  if (raw(room) > 0) {
    const Grown all = filled(before, touching);
    if (raw(all.misses) <= raw(room)) return {std::min(all.resident, capacity), all.misses};
    const Lines used = scaled_to(touching.touched, room, all.misses);  // at most: the first touches miss most
    now = {std::min(before + room, capacity), room};
    left.touched = touching.touched - used;
    left.others = scaled_to(touching.others, left.touched, touching.touched);
  }
  Lines done{};
  for (int piece = 1; piece <= kPieces && raw(left.touched) > raw(done); ++piece) {
    const Lines rest = left.touched - done;
    const Lines quarter = static_cast<Lines>(raw(left.working_set) / 4 + 1);
    const Lines some = piece == kPieces ? rest : std::min(rest, std::max(quarter, done));
    const Grown next = replaced(
        now.resident, {left.working_set, some, scaled_to(left.others, some, left.touched)}, capacity);
    now = {next.resident, now.misses + next.misses};
    done = done + some;
  }
  return now;
}

}  // namespace roost
