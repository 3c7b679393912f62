// The room: one hart with a little RAM, a clock that stands where a test puts it, and a device that writes down what it
// sees.
#pragma once

#include <cstring>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "tests/vmm/rv64/assembler.hpp"
#include "vmm/rv64/core.hpp"
#include "vmm/rv64/exec_flow.hpp"
#include "vmm/rv64/host_memory.hpp"
#include "vmm/rv64/hart.hpp"

namespace roost::rv64 {

class StandingClock final : public Clock {
 public:
  Time now() const override { return time_at(at_.load()); }
  void set(std::int64_t ns) { at_.store(ns); }

 private:
  std::atomic<std::int64_t> at_{0};
};

class CountingWakes final : public WakeSink {
 public:
  void wake(VcpuId) override { ++count_; }
  int count() const { return count_; }

 private:
  std::atomic<int> count_{0};
};

struct NotingDevice final : MmioDevice {
  std::uint64_t read(std::uint64_t offset, unsigned size) override { return offset + size * 0x100 + answer; }
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override {
    writes.push_back({offset, size, value});
    if (on_write) on_write();
  }
  struct Write {
    std::uint64_t offset;
    unsigned size;
    std::uint64_t value;
    bool operator==(const Write&) const = default;
  };
  std::uint64_t answer = 0;
  std::vector<Write> writes;
  std::function<void()> on_write;
};

inline constexpr std::uint64_t kRam = 0x8000'0000;
inline constexpr std::uint64_t kRamSize = 1 << 20;
inline constexpr std::uint64_t kDevice = 0x1000'0000;
inline constexpr std::uint64_t kDeviceSize = 0x100;
inline constexpr std::uint64_t kTrapVector = kRam + 0x8000;  // where scenes point mtvec
inline constexpr std::uint64_t kData = kRam + 0x10000;

class Scene {
 public:
  explicit Scene(std::uint64_t tohost = 0, std::uint64_t ram_size = kRamSize)
      : ram(GuestRam::create(GuestPhys{kRam}, ram_size)) {
    bus.attach(GuestPhys{kDevice}, kDeviceSize, device);
    environment.ram = &ram.value();
    environment.bus = &bus;
    environment.clock = &clock;
    environment.wake_sink = &wakes;
    environment.stopped = &stopped;
    environment.tohost = tohost;
    environment.on_tohost = [this](std::uint64_t value) {
      tohost_values.push_back(value);
      stopped = true;
    };
    hart = std::make_unique<Hart>(environment, 0, VcpuId{0});
    hart->reset(kRam, 0);
    core().csr.mtvec = kTrapVector;
  }

  Core& core() { return hart->core(); }
  std::uint64_t& x(std::uint32_t reg) { return core().x[reg]; }
  std::uint64_t pc() { return core().pc; }

  /// Ends with a FENCE.I of its own.
  void code(std::uint64_t at, std::initializer_list<std::uint32_t> instructions) {
    core().code_cache.fence_i();
    flush_fetch(core());
    for (const std::uint32_t bits : instructions) put<std::uint32_t>(std::exchange(at, at + 4), bits);
  }
  template <typename T>
  void put(std::uint64_t at, T value) {
    std::memcpy(ram->host(GuestPhys{at}, sizeof(T)), &value, sizeof(T));
  }
  template <typename T = std::uint64_t>
  T get(std::uint64_t at) {
    T value;
    std::memcpy(&value, ram->host(GuestPhys{at}, sizeof(T)), sizeof(T));
    return value;
  }

  /// Exactly `steps` instructions or traps.
  Exit step(std::uint64_t steps) {
    Budget budget;
    budget.instructions = steps;
    return hart->run(budget);
  }
  /// The program at the start of RAM, from its first to its last instruction.
  Exit run(std::initializer_list<std::uint32_t> instructions) {
    code(kRam, instructions);
    core().pc = kRam;
    return step(instructions.size());
  }
  /// What the last trap into M says.
  std::uint64_t cause() { return core().csr.mcause; }
  std::uint64_t tval() { return core().csr.mtval; }
  std::uint64_t epc() { return core().csr.mepc; }

  Result<GuestRam> ram;
  Bus bus;
  NotingDevice device;
  StandingClock clock;
  CountingWakes wakes;
  std::atomic<bool> stopped{false};
  std::vector<std::uint64_t> tohost_values;
  HartEnvironment environment;
  std::unique_ptr<Hart> hart;
};

}  // namespace roost::rv64
