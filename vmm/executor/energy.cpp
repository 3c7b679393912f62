#include "vmm/executor/energy.hpp"

namespace roost {

namespace {

constexpr std::int64_t kPerMicrojoule = 1'000'000;  // picojoules: mW times ns

}  // namespace

std::uint64_t microjoules_of(const PcpuReport& pcpu, const CostModel& costs) {
  const struct {
    Duration time;
    Cost power;
  } parts[]{{pcpu.busy + pcpu.overhead, Cost::PowerBusy},
            {pcpu.waited.polled, Cost::PowerPoll},
            {pcpu.waited.shallow, Cost::PowerShallow},
            {pcpu.waited.deep, Cost::PowerDeep}};
  std::int64_t microjoules = 0, rest = 0;  // 64 bits hold no product of a long run
  for (const auto& part : parts) {
    const std::int64_t milliwatts = costs.figure(part.power);
    microjoules += milliwatts * (nanoseconds(part.time) / kPerMicrojoule);
    rest += milliwatts * (nanoseconds(part.time) % kPerMicrojoule);
  }
  return static_cast<std::uint64_t>(microjoules + rest / kPerMicrojoule);
}

}  // namespace roost
