// libFuzzer on the devices' registers: any program of accesses keeps their invariants.
#include <cstddef>
#include <cstdint>

#include "tests/kit/device_script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  roost::kit::DeviceScript{}.run({data, size});
  return 0;
}
