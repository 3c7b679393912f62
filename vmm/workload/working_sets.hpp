// The room: the memory that a scripted vCPU's work touches in a live world: its own, one span for each region that its
//   scripts name.
// Rules: as the simulated world's caches assume, every touch goes to a line drawn evenly from the working set, so the
//   lines that have been touched grow by W - (W - E) e^(-touched/W). A touch reads the line and writes it. They come at
//   the phase's rate; what memory cannot keep up with is left out, so that a phase takes its time and no more.
// Not here: when the vCPU works (live_script), the model of the simulated world (vmm/caches).
// Invariants: reserved before the run, and first touched by whoever runs the vCPU: the host places its pages there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "sched/vocabulary/result.hpp"
#include "vmm/vcpu/stepped_vcpu.hpp"
#include "vmm/workload/scenario.hpp"

namespace roost {

/// Bytes by region.
using RegionSizes = std::map<std::uint32_t, std::uint64_t>;

/// The regions that the vCPUs of a VM may come to touch: those of their scripts, and where there are spare vCPUs, of
/// all that may be forked; each as large as its largest working set.
class VmRegions {
 public:
  VmRegions(const Scenario& scenario, const ScenarioVm& vm);
  const RegionSizes& of(std::uint32_t number) const;

 private:
  std::uint32_t vcpus_;
  std::vector<RegionSizes> by_script_;  // in the order of ScenarioVm::scripts
  RegionSizes forked_;
};

/// Refuses a scenario whose vCPUs would touch more than `most` bytes together.
std::optional<Error> check_working_sets(const Scenario& scenario, std::uint64_t most);

class WorkingSets {
 public:
  static constexpr std::uint64_t kLine = 64;
  /// Touches of one call: more are left out. Between two looks at the doorbell; some microseconds of cold memory.
  static constexpr std::uint64_t kMostAtOnce = 256;

  WorkingSets() = default;
  /// Touches of different `seed`s and `number`s go to different places. An error says what the host refused.
  static Result<WorkingSets> reserve(const RegionSizes& regions, std::uint64_t seed, std::uint64_t number);
  WorkingSets(WorkingSets&&) noexcept = default;
  WorkingSets& operator=(WorkingSets&&) = delete;
  ~WorkingSets();

  /// Touches what `use` asks for in `work` of time.
  void touch(const MemoryUse& use, Duration work);
  std::uint64_t touched() const { return touched_; }  // lines, so far
  /// Of a region, for who wants to see what was touched: every touch of a line is counted in its first eight bytes.
  std::span<const std::byte> region(std::uint32_t number) const;

 private:
  struct Span {
    std::uint32_t region = 0;
    std::byte* bytes = nullptr;
    std::uint64_t size = 0;
  };

  std::vector<Span> spans_;
  RandomStream64 random_{0, 0};
  std::uint64_t due_ = 0;  // of a line, in thousandths: what the last call left over
  std::uint64_t touched_ = 0;
};

}  // namespace roost
