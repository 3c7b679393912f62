// The room: how long one vCPU ran on which pCPUs.
// Invariants: what was added == the sum of parts() and elsewhere(). No more than kMost pCPUs are remembered: where one
//   more comes, the one with the least time goes into elsewhere(), so the places that matter stay, and a vCPU that is
//   moved about on thousands of pCPUs takes 128 bytes.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/time.hpp"

namespace roost {

class RunPlaces {
 public:
  static constexpr std::size_t kMost = 8;
  struct Part {
    PcpuId pcpu;
    Duration time;
  };

  void add(PcpuId pcpu, Duration time) {
    if (time == Duration{0}) return;
    auto part = place_of(pcpu);
    if (part == parts_.end() || part->pcpu != pcpu) {
      make_room();
      part = parts_.insert(place_of(pcpu), {pcpu, Duration{0}});
    }
    part->time += time;
  }
  /// 0 also of one that is not remembered.
  Duration on(PcpuId pcpu) const {
    const auto part = std::ranges::find(parts_, pcpu, &Part::pcpu);
    return part == parts_.end() ? Duration{0} : part->time;
  }
  /// Lowest pCPU first.
  std::span<const Part> parts() const { return parts_; }
  Duration elsewhere() const { return elsewhere_; }

 private:
  std::vector<Part>::iterator place_of(PcpuId pcpu) {
    return std::lower_bound(parts_.begin(), parts_.end(), pcpu, [](const Part& a, PcpuId b) { return a.pcpu < b; });
  }
  void make_room() {
    if (parts_.size() < kMost) return;
    const auto least = std::min_element(parts_.begin(), parts_.end(),
                                        [](const Part& a, const Part& b) { return a.time < b.time; });
    elsewhere_ += least->time;
    parts_.erase(least);
  }

  std::vector<Part> parts_;
  Duration elsewhere_{0};
};

}  // namespace roost
