// The room: how long one vCPU ran on which pCPUs.
// Invariants: what was added == the sum of parts() and elsewhere(). No more than kMost pCPUs are remembered: where one
//   more comes, the one with the least time (the lowest pCPU of equals) goes into elsewhere(), so the places that
//   matter stay, and a vCPU that is moved about on thousands of pCPUs takes 104 bytes.
#pragma once

#include <algorithm>
#include <array>
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

  RunPlaces() { pcpus_.fill(kNoPcpu); }

  void add(PcpuId pcpu, Duration time) {
    if (time == Duration{0}) return;
    std::size_t place = 0;
    while (place < kMost && pcpus_[place] != pcpu) ++place;
    if (place == kMost) place = make_room(pcpu);
    times_[place] += time;
  }
  /// 0 also of one that is not remembered.
  Duration on(PcpuId pcpu) const {
    const auto place = std::ranges::find(pcpus_, pcpu);
    return place == pcpus_.end() ? Duration{0} : times_[static_cast<std::size_t>(place - pcpus_.begin())];
  }
  /// Lowest pCPU first.
  std::vector<Part> parts() const {
    std::vector<Part> parts;
    for (std::size_t place = 0; place < kMost; ++place)
      if (pcpus_[place] != kNoPcpu) parts.push_back({pcpus_[place], times_[place]});
    std::ranges::sort(parts, {}, &Part::pcpu);
    return parts;
  }
  Duration elsewhere() const { return elsewhere_; }

 private:
  /// A place for `pcpu`: a free one, which has no time, or that of the least.
  std::size_t make_room(PcpuId pcpu) {
    std::size_t least = 0;
    for (std::size_t place = 1; place < kMost; ++place)
      if (times_[place] < times_[least] || (times_[place] == times_[least] && pcpus_[place] < pcpus_[least]))
        least = place;
    elsewhere_ += times_[least];
    times_[least] = Duration{0};
    pcpus_[least] = pcpu;
    return least;
  }

  std::array<PcpuId, kMost> pcpus_;  // kNoPcpu: free
  std::array<Duration, kMost> times_{};
  Duration elsewhere_{0};
};

}  // namespace roost
