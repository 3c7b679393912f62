// libFuzzer on the loader: any file is loaded within RAM or refused with a sentence.
#include <cstddef>
#include <cstdint>

#include "sched/vocabulary/check.hpp"
#include "vmm/machine/loader.hpp"
#include "vmm/machine/memory_map.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace roost;
  auto ram = GuestRam::create(kRamBase, kMinMemory);
  check(ram.has_value(), "the host gives 2 MiB");
  const auto loaded = load_image(*ram, "fuzz", {reinterpret_cast<const std::byte*>(data), size}, kRamBase);
  if (!loaded) {
    check(loaded.error().sentence.starts_with("fuzz: "), "a refusal names the file");
    return 0;
  }
  check(ram->contains(loaded->first, value(loaded->last) - value(loaded->first) + 1), "what is loaded lies in RAM");
  check(ram->contains(loaded->entry, 1), "the entry lies in RAM");
  for (const auto word : {loaded->tohost, loaded->fromhost})
    check(!word || (value(*word) % 8 == 0 && ram->contains(*word, 8)), "a host word is a doubleword in RAM");
  return 0;
}
