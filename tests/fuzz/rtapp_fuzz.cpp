// An rt-app file of any bytes: taken, or refused with one sentence.

#include <cstddef>
#include <cstdint>

#include "vmm/workload/scenario_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace roost;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto scenario = read_rtapp_scenario(text, "fuzz.json");
  if (!scenario) {
    check(scenario.error().sentence.starts_with("fuzz.json"), "a refusal names the file");
    return 0;
  }
  check(!scenario->vms.empty() && scenario->vms[0].vcpus > 0, "what is taken runs something");
  return 0;
}
