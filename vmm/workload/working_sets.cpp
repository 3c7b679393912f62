#include "vmm/workload/working_sets.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "sched/vocabulary/check.hpp"
#include "vmm/host/pages.hpp"
#include "vmm/workload/workload.hpp"

namespace roost {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kPerMicrosecond = 1000;  // thousandths of a line a nanosecond

void add_regions(const Script& script, RegionSizes& regions) {
  for (const Phase& phase : script.phases)
    if (phase.kind == Phase::Kind::Memory && phase.memory.working_set > 0) {
      std::uint64_t& size = regions[phase.memory.region];
      size = std::max(size, phase.memory.working_set);
    }
}

constexpr std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

}  // namespace

VmRegions::VmRegions(const Scenario& scenario, const ScenarioVm& vm) : vcpus_(vm.vcpus) {
  if (vm.spare_vcpus > 0)
    for (const std::uint32_t script : scripts_of(scenario, vm))
      for (const Phase& phase : scenario.scripts[script].phases)
        if (phase.kind == Phase::Kind::Fork) add_regions(scenario.scripts[phase.object], forked_);
  for (const std::uint32_t script : vm.scripts) {
    by_script_.push_back(forked_);
    add_regions(scenario.scripts[script], by_script_.back());
  }
}

const RegionSizes& VmRegions::of(std::uint32_t number) const {
  return by_script_.empty() || number >= vcpus_ ? forked_ : by_script_[number % by_script_.size()];
}

std::optional<Error> check_working_sets(const Scenario& scenario, std::uint64_t most) {
  std::uint64_t all = 0;
  for (const ScenarioVm& vm : scenario.vms) {
    const VmRegions regions(scenario, vm);
    for (std::uint32_t i = 0; i < vm.vcpus + vm.spare_vcpus; ++i) {
      for (const auto& [region, size] : regions.of(i)) all += whole_pages(size);
      if (all > most)
        return Error{fmt::format("{}: vm {}: live, every vCPU touches memory of its own, and with vCPU {} the working "
                                 "sets come to {} MiB; at most {} MiB, half of this host's, may be used: make them "
                                 "smaller, or simulate with --world sim:TOPOLOGY",
                                 scenario.file, vm.name, i, all >> 20, most >> 20)};
    }
  }
  return std::nullopt;
}

Result<WorkingSets> WorkingSets::reserve(const RegionSizes& regions, std::uint64_t seed, std::uint64_t number) {
  WorkingSets sets;
  sets.random_ = RandomStream64(seed, number);
  for (const auto& [region, size] : regions) {
    const std::uint64_t whole = whole_pages(size);
    const auto pages = map_pages(whole);
    if (!pages) return Error{fmt::format("the working set of vCPU {}: {}", number, pages.error().sentence)};
    sets.spans_.push_back({region, *pages, whole});
  }
  return sets;
}

WorkingSets::~WorkingSets() {
  for (const Span& span : spans_) unmap_pages(span.bytes, span.size);
}

void WorkingSets::touch(const MemoryUse& use, Duration work) {
  const auto span = std::ranges::find(spans_, use.region, &Span::region);
  const std::uint64_t lines = (use.working_set + kLine - 1) / kLine;
  check(span != spans_.end() && lines <= span->size / kLine, "what a phase touches was reserved");
  const Wide due = Wide{static_cast<std::uint64_t>(nanoseconds(work))} * use.lines_per_us + due_;
  due_ = static_cast<std::uint64_t>(due % kPerMicrosecond);
  const auto touches = static_cast<std::uint64_t>(std::min<Wide>(due / kPerMicrosecond, kMostAtOnce));
  for (std::uint64_t i = 0; i < touches; ++i) {
    const auto line = static_cast<std::uint64_t>(Wide{random_.next()} * lines >> 64);
    std::uint64_t count;
    std::memcpy(&count, span->bytes + line * kLine, sizeof count);
    ++count;
    std::memcpy(span->bytes + line * kLine, &count, sizeof count);
  }
  touched_ += touches;
}

std::span<const std::byte> WorkingSets::region(std::uint32_t number) const {
  const auto span = std::ranges::find(spans_, number, &Span::region);
  return span == spans_.end() ? std::span<const std::byte>{} : std::span<const std::byte>(span->bytes, span->size);
}

}  // namespace roost
