// The room: a whole machine from a plain config: RAM, harts, devices, image, device tree: all wiring in one place.
// Not here: scheduling. A machine is a set of vCPUs that somebody runs.
// Memory map, interrupt numbers and device tree are those of QEMU's `virt` board.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sched/vocabulary/ids.hpp"
#include "sched/vocabulary/result.hpp"
#include "vmm/vcpu/clock.hpp"
#include "vmm/vcpu/vcpu.hpp"
#include "vmm/vcpu/wake_sink.hpp"

namespace roost {

struct MachineConfig {
  std::string name;              // for sentences: "a", or the image's file name
  std::uint32_t vcpus = 1;
  std::uint64_t memory = 128ULL << 20;
  std::string image_name;        // for sentences
  std::vector<std::byte> image;  // an ELF64 RISC-V executable, or a raw image loaded at the start of RAM
  std::string firmware_name;     // empty: the image starts in M-mode at its entry, on all harts
  std::vector<std::byte> firmware;  // ELF64 or raw, at the start of RAM; the image is then loaded at RAM + 2 MiB
  std::string args;              // device tree /chosen/bootargs
  VcpuId first_vcpu{0};          // the harts are first_vcpu, first_vcpu + 1, ...
  /// Receives console output, from any vCPU's thread, one call at a time; does not block long.
  std::function<void(std::string_view)> console_out;
  const Clock* clock = nullptr;
  WakeSink* wake_sink = nullptr;
};

class Machine {
 public:
  static Result<std::unique_ptr<Machine>> assemble(MachineConfig config);
  virtual ~Machine() = default;

  virtual std::span<Vcpu* const> vcpus() = 0;
  // ---- any thread ----
  /// Returns how many bytes it took: the console has only so much room for a guest that does not read.
  virtual std::size_t console_input(std::string_view bytes) = 0;
  /// Ends it from outside (or from within, through the finisher): every vCPU returns Stopped from now on.
  virtual void stop(int exit_code) = 0;
  virtual bool stopped() const = 0;
  virtual int exit_code() const = 0;
};

}  // namespace roost
