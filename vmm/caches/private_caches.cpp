#include "vmm/caches/private_caches.hpp"

#include <algorithm>

namespace roost {

namespace {

constexpr unsigned kLinesPerPageBits = 6;  // 4 KiB

bool writes(Touch how) { return how == Touch::Store || how == Touch::Atomic; }

}  // namespace

CacheCounts& CacheCounts::operator+=(const CacheCounts& more) {
  l1i_hits += more.l1i_hits, l1i_misses += more.l1i_misses;
  l1d_hits += more.l1d_hits, l1d_misses += more.l1d_misses;
  tlb_misses += more.tlb_misses;
  l2_hits += more.l2_hits, l2_misses += more.l2_misses;
  llc_hits += more.llc_hits, transfers += more.transfers, local += more.local, remote += more.remote;
  invalidations += more.invalidations;
  waited_ps += more.waited_ps, reload_ps += more.reload_ps, far_ps += more.far_ps;
  return *this;
}

PrivateCaches::PrivateCaches(const GuestCacheFigures& figures, MissLog& log)
    : l1i_(figures.l1i_lines, figures.l1_ways, TagArray::Index::Modulo),
      l1d_(figures.l1d_lines, figures.l1_ways, TagArray::Index::Modulo),
      l2_(figures.l2_lines, figures.l2_ways, TagArray::Index::Modulo),
      tlb_(figures.tlb_entries, figures.tlb_ways, TagArray::Index::Modulo),
      log_(&log),
      instruction_ps_(figures.instruction_ps),
      l2_ps_(figures.l2_ns * 1000),
      walk_ps_(figures.walk_ns * 1000),
      parallel_(figures.parallel) {
  lost_.fill(TagArray::kNone);
  code = l1i_.shown();
  data = l1d_.shown();
}

void PrivateCaches::begin(std::int64_t at_ps) {
  began_ps_ = at_ps;
  waited_ps_ = guessed_ps_ = 0;
  contended_.store(0, std::memory_order_relaxed);
  steps = fetches = accesses = 0;
  l1i_misses_ = l1d_misses_ = l2_hits_ = l2_misses_ = tlb_misses_ = 0;
}

CacheCounts PrivateCaches::counts() const {
  CacheCounts counts;
  counts.l1i_misses = l1i_misses_, counts.l1i_hits = fetches - l1i_misses_;
  counts.l1d_misses = l1d_misses_, counts.l1d_hits = accesses - std::min(accesses, l1d_misses_);
  counts.tlb_misses = tlb_misses_;
  counts.l2_hits = l2_hits_, counts.l2_misses = l2_misses_;
  return counts;
}

void PrivateCaches::touch(std::uint64_t line, Touch how) {
  TagArray& first = how == Touch::Fetch ? l1i_ : l1d_;
  const TagArray::Tag tag = first.use(line);
  if (tag == TagArray::kNone) return miss(first, line, how);
  if (!writes(how) || (tag & 1) != 0) return;
  first.make_writable(line);
  check(l2_.use(line) != TagArray::kNone, "the first level's lines are in the second");
  l2_.make_writable(line);
  log(line, how, true);
}

void PrivateCaches::miss(TagArray& first, std::uint64_t line, Touch how) {
  ++(how == Touch::Fetch ? l1i_misses_ : l1d_misses_);
  const std::uint64_t page = line >> kLinesPerPageBits;
  if (how != Touch::Fetch && tlb_.use(page) == TagArray::kNone) {
    tlb_.insert(page << 1);
    ++tlb_misses_;
    waited_ps_ += share(walk_ps_, how);
  }
  TagArray::Tag tag = l2_.use(line);
  if (tag != TagArray::kNone) {
    ++l2_hits_;
    waited_ps_ += share(l2_ps_, how);
    if (writes(how) && (tag & 1) == 0) {
      l2_.make_writable(line);
      log(line, how, true);
      tag |= 1;
    }
  } else {
    ++l2_misses_;
    log(line, how, false);
    tag = line << 1 | (writes(how) ? 1 : 0);
    const TagArray::Tag victim = l2_.insert(tag);
    if (victim != TagArray::kNone) l1i_.remove(victim >> 1), l1d_.remove(victim >> 1);
  }
  if (how == Touch::Fetch) tag &= ~TagArray::Tag{1};
  first.insert(tag);
}

void PrivateCaches::log(std::uint64_t line, Touch how, bool has_it) {
  const auto worked_ps = static_cast<std::int64_t>(steps) * instruction_ps_;
  log_->add(runner_.pcpu, {began_ps_ + worked_ps + waited_ps_, line, runner_.vcpu, how, has_it});
  std::uint64_t& lost = lost_[line % kRemembered];
  if (lost == line) {
    lost = TagArray::kNone;
    contended_.store(1, std::memory_order_relaxed);
  }
  if (has_it) return;
  waited_ps_ += share(runner_.guess_ps, how);
  guessed_ps_ += share(runner_.guess_ps, how);
}

bool PrivateCaches::take(std::uint64_t line) {
  if (l2_.remove(line) == TagArray::kNone) return false;
  l1i_.remove(line);
  l1d_.remove(line);
  remember(line);
  return true;
}

void PrivateCaches::make_read_only(std::uint64_t line) {
  if (l2_.make_read_only(line)) remember(line);
  l1d_.make_read_only(line);
}

void PrivateCaches::check_invariants() const {
  for (const TagArray* array : {&l1i_, &l1d_, &l2_, &tlb_}) array->check_invariants();
  l1i_.each([&](std::uint64_t line, bool) { check(l2_.has(line), "the first level's lines are in the second"); });
  l1d_.each([&](std::uint64_t line, bool writable) {
    check(l2_.has(line), "the first level's lines are in the second");
    check(l2_.has_writable(line) == writable, "both levels agree on who may write");
  });
}

}  // namespace roost
