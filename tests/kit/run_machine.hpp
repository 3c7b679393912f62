// The room: a machine run to its end on the calling thread, its vCPUs in turn, on a clock of its own: always the same.
// Not here: any scheduler. One instruction takes a nanosecond; when all vCPUs halt, the clock jumps to the next timer.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/kit/fake_clock.hpp"
#include "vmm/machine/machine.hpp"

namespace roost::kit {

enum class Ended { Stopped, InstructionLimit, AllHaltedForever };

struct MachineRun {
  Ended why = Ended::InstructionLimit;
  int exit_code = -1;
  std::uint64_t retired = 0;
};

class MachineBench final : public WakeSink {
 public:
  /// Assembles the machine; the config's clock, wake sink and console are the bench's.
  explicit MachineBench(MachineConfig config) : halted_(config.vcpus, kAwake), first_(config.first_vcpu) {
    config.clock = &clock;
    config.wake_sink = this;
    config.console_out = [this](std::string_view bytes) { printed += bytes; };
    auto assembled = Machine::assemble(std::move(config));
    if (assembled) {
      machine = std::move(assembled.value());
    } else {
      refusal = assembled.error().sentence;
    }
  }

  void wake(VcpuId vcpu) override { halted_.at(index(vcpu) - index(first_)) = kAwake; }

  MachineRun run(std::uint64_t instruction_limit = 100'000'000, std::uint64_t slice = 10'000) {
    MachineRun out;
    while (out.retired < instruction_limit) {
      if (!run_each_once(slice, out)) {
        if (machine->stopped()) {
          out.why = Ended::Stopped;
          out.exit_code = machine->exit_code();
          return out;
        }
        const Time next = *std::min_element(halted_.begin(), halted_.end());
        if (next == kNever) {
          out.why = Ended::AllHaltedForever;
          return out;
        }
        clock.advance_to(next);
      }
    }
    return out;
  }

  FakeClock clock;
  std::string printed;
  std::string refusal;  // assemble()'s sentence, if it gave no machine
  std::unique_ptr<Machine> machine;

 private:
  /// False: none of them could run.
  bool run_each_once(std::uint64_t slice, MachineRun& out) {
    bool any = false;
    const auto vcpus = machine->vcpus();
    for (std::size_t i = 0; i < vcpus.size(); ++i) {
      if (halted_[i] > clock.now()) continue;
      halted_[i] = kAwake;
      const Exit exit = vcpus[i]->run({.instructions = slice});
      if (exit.why == ExitWhy::Stopped) halted_[i] = kNever;
      if (exit.why == ExitWhy::Halted) halted_[i] = exit.wake_at;
      any |= exit.why != ExitWhy::Stopped;
      out.retired += exit.retired;
      clock.advance(Duration{static_cast<std::int64_t>(exit.retired)});
    }
    return any;
  }

  static constexpr Time kAwake = Time::min();
  std::vector<Time> halted_;  // until when; kAwake: it runs
  VcpuId first_;
};

}  // namespace roost::kit
