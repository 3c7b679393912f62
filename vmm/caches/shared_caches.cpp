#include "vmm/caches/shared_caches.hpp"

#include <algorithm>
#include <bit>

namespace roost {

namespace {
constexpr std::size_t kMostCores = 65'000, kMostLlcs = 65'000;  // LineRecord has 16 bits for each
constexpr std::size_t kSharerBits = 64, kLlcBits = 32;
}  // namespace

SharedCaches::SharedCaches(const Topology& topology, const GuestCacheFigures& figures)
    : topology_(topology), figures_(figures), latency_(topology, figures.local_ns, figures.remote_ns) {
  for (std::size_t i = 0; i < topology.pcpu_count(); ++i) {
    const PcpuId pcpu = id_at<PcpuId>(i);
    const PcpuPlace& place = topology.place(pcpu);
    if (place.core >= cores_.size()) cores_.resize(place.core + 1);
    if (place.llc >= llc_pcpus_.size()) llc_pcpus_.resize(place.llc + 1, kNoPcpu);
    Core& core = cores_[id_at<CoreId>(place.core)];
    if (core.pcpu == kNoPcpu) core.pcpu = pcpu;
    core.llc = place.llc;
    if (llc_pcpus_[place.llc] == kNoPcpu) llc_pcpus_[place.llc] = pcpu;
  }
  check(cores_.size() < kMostCores && llc_pcpus_.size() < kMostLlcs, "the directory can name every core and LLC");
  llcs_.resize(llc_pcpus_.size());
  cores_in_group_ = std::max<std::size_t>((cores_.size() + kSharerBits - 1) / kSharerBits, 1);
  llcs_in_group_ = std::max<std::size_t>((llcs_.size() + kLlcBits - 1) / kLlcBits, 1);
}

PrivateCaches& SharedCaches::private_of(CoreId core, MissLog& log) {
  std::unique_ptr<PrivateCaches>& caches = cores_[core].caches;
  if (caches == nullptr) caches = std::make_unique<PrivateCaches>(figures_, log);
  return *caches;
}

TagArray& SharedCaches::llc(std::uint32_t number) {
  std::unique_ptr<TagArray>& tags = llcs_[number];
  if (tags == nullptr)
    tags = std::make_unique<TagArray>(figures_.llc_lines, figures_.llc_ways, TagArray::Index::Hashed);
  return *tags;
}

std::int64_t SharedCaches::transfer_ns(CoreId from, CoreId to) const {
  const Distance distance = topology_.distance(cores_[from].pcpu, cores_[to].pcpu);
  return figures_.line_ns[static_cast<std::size_t>(distance)];
}

SharedCaches::Answer SharedCaches::ask(PcpuId pcpu, const MissRequest& request) {
  const PcpuPlace& place = topology_.place(pcpu);
  const Asking asking{id_at<CoreId>(place.core), place.llc, place.node, request.line};
  PageRecord* known = directory_.find(request.line);
  PageRecord& page = known != nullptr ? *known : directory_.add(request.line, place.node);
  LineRecord& record = page.lines[Directory::place(request.line)];
  const bool is_owner = record.owner == index(asking.core) + 1;
  const bool lost = record.owner != 0 && !is_owner;  // since it was granted, another has written the line
  Answer answer;
  if (!request.has_it || lost) find(asking, record, page.home, answer);
  const bool writes = request.how == Touch::Store || request.how == Touch::Atomic;
  if (writes) {
    const std::int64_t farthest = take_from_others(asking, record);
    answer.invalidated = farthest >= 0;
    answer.ns = std::max(answer.ns, farthest);
    record = {bit_of(asking.core), llc_bit(asking.llc), static_cast<std::uint16_t>(index(asking.core) + 1),
              static_cast<std::uint16_t>(asking.llc + 1)};
  } else {
    if (!is_owner) record.owner = 0;
    record.sharers |= bit_of(asking.core);
    record.llcs |= llc_bit(asking.llc);
  }
  check(record.owner == 0 || record.sharers == bit_of(asking.core), "a modified line has one sharer");
  return answer;
}

/// Where the line is nearest; it is put into the asker's LLC, and a modified copy becomes a shared one.
void SharedCaches::find(const Asking& asking, LineRecord& record, NodeId home, Answer& answer) {
  TagArray& own = llc(asking.llc);
  const bool here = own.use(asking.line) != TagArray::kNone;
  if (!here) own.insert(asking.line << 1);
  const bool elsewhere = record.owner != 0 && record.owner != index(asking.core) + 1;
  if (elsewhere) {
    const CoreId owner = id_at<CoreId>(record.owner - 1U);
    PrivateCaches& caches = *cores_[owner].caches;
    if (caches.has_writable(asking.line)) {
      caches.make_read_only(asking.line);
      if (cores_[owner].llc != asking.llc) record.dirty = 0;  // memory has it now, too
      answer.source = Source::Transfer;
      answer.ns = transfer_ns(owner, asking.core);
      return;
    }
  }
  if (here) {
    answer.source = Source::Llc;
    answer.ns = figures_.llc_ns;
    return;
  }
  if (record.dirty != 0 && record.dirty != asking.llc + 1) {
    const std::uint32_t from = record.dirty - 1U;
    record.dirty = 0;
    if (llcs_[from]->has(asking.line)) {
      const Distance distance = topology_.distance(llc_pcpus_[from], cores_[asking.core].pcpu);
      answer.source = Source::Transfer;
      answer.ns = figures_.line_ns[static_cast<std::size_t>(distance)];
      return;
    }
  }
  answer.source = asking.node == home ? Source::Local : Source::Remote;
  answer.ns = latency_.ns(asking.node, home);
  answer.far_ns = answer.ns - latency_.local_ns();
}

std::int64_t SharedCaches::take_from_others(const Asking& asking, LineRecord& record) {
  std::int64_t farthest = -1;
  for (std::uint64_t left = record.sharers; left != 0; left &= left - 1) {
    const std::size_t first = static_cast<std::size_t>(std::countr_zero(left)) * cores_in_group_;
    for (std::size_t i = first; i < std::min(first + cores_in_group_, cores_.size()); ++i) {
      const CoreId core = id_at<CoreId>(i);
      if (core == asking.core || cores_[core].caches == nullptr || !cores_[core].caches->take(asking.line)) continue;
      farthest = std::max(farthest, transfer_ns(core, asking.core));
    }
  }
  for (std::uint32_t left = record.llcs; left != 0; left &= left - 1) {
    const std::size_t first = static_cast<std::size_t>(std::countr_zero(left)) * llcs_in_group_;
    for (std::size_t i = first; i < std::min(first + llcs_in_group_, llcs_.size()); ++i)
      if (i != asking.llc && llcs_[i] != nullptr) llcs_[i]->remove(asking.line);
  }
  return farthest;
}

void SharedCaches::expect(PcpuId pcpu, std::uint64_t line) const {
  const std::unique_ptr<TagArray>& own = llcs_[topology_.place(pcpu).llc];
  if (own != nullptr) own->prefetch(line);
  const PageRecord* page = directory_.find(line);
  if (page != nullptr) __builtin_prefetch(&page->lines[Directory::place(line)]);
}

NodeId SharedCaches::home(std::uint64_t line) const {
  const PageRecord* page = directory_.find(line);
  check(page != nullptr, "the home of a page is where it was touched first");
  return page->home;
}

void SharedCaches::check_at_rest() const {
  directory_.each([this](std::uint64_t, const LineRecord& record) {
    if (record.owner == 0) return;
    check(record.sharers == bit_of(id_at<CoreId>(record.owner - 1U)), "a modified line has one sharer, its owner");
  });
  for (std::size_t i = 0; i < cores_.size(); ++i) {
    const CoreId core = id_at<CoreId>(i);
    if (cores_[core].caches == nullptr) continue;
    cores_[core].caches->check_invariants();
    cores_[core].caches->second_level().each([&](std::uint64_t line, bool writable) {
      const PageRecord* page = directory_.find(line);
      check(page != nullptr, "what a core has, the directory knows");
      const LineRecord& record = page->lines[Directory::place(line)];
      check((record.sharers & bit_of(core)) != 0, "what a core has, the directory knows");
      check(!writable || record.owner == i + 1, "who may write a line owns it");
    });
  }
}

}  // namespace roost
