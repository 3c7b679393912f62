// A TOML scenario of any bytes: taken, or refused with one sentence; what is taken can be brought to life.

#include <cstddef>
#include <cstdint>

#include "vmm/workload/scenario_reader.hpp"
#include "vmm/workload/workload.hpp"

namespace {

class NoSink final : public roost::StepSink {
  void wake(roost::VcpuId) override {}
  void notice(roost::VcpuId) override {}
  void confine(roost::VcpuId, const roost::PcpuSet&) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace roost;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto no_file = [](const std::string& path) { return Result<std::string>(Error{path + ": no such file"}); };
  const auto scenario = read_toml_scenario(text, "fuzz.toml", no_file);
  if (!scenario) {
    check(scenario.error().sentence.starts_with("fuzz.toml"), "a refusal names the file");
    return 0;
  }
  if (scenario->vms.size() > 100) return 0;  // taken, and too slow to make for each input
  for (const ScenarioVm& vm : scenario->vms)
    if (vm.vcpus + vm.spare_vcpus > 100 || vm.scripts.empty()) return 0;
  NoSink sink;
  const Workload workload(*scenario, PcpuSet::first(4), {.sink = &sink}, 1);
  for (const Workload::Role& role : workload.roles()) role.runs->step(Time{});
  return 0;
}
