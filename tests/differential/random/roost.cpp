#include <chrono>
#include <cstdio>

#include "tests/differential/random/engine.hpp"
#include "vmm/machine/machine.hpp"

namespace roost::random_programs {
namespace {

class SteadyClock final : public Clock {
 public:
  Time now() const override {
    return time_at(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()).count());
  }
};

class NobodySleeps final : public WakeSink {
 public:
  void wake(VcpuId) override {}
};

}  // namespace

Lines Roost::run(const Image& image, std::chrono::seconds limit) {
  const SteadyClock clock;
  NobodySleeps sink;
  std::string text;
  MachineConfig config;
  config.name = "random";
  config.image_name = "random programs";
  config.image = image;
  config.clock = &clock;
  config.wake_sink = &sink;
  config.console_out = [&](std::string_view bytes) { text += bytes; };
  auto machine = Machine::assemble(std::move(config));
  if (!machine) {
    std::fprintf(stderr, "Roost: %s\n", machine.error().sentence.c_str());
    return {};
  }
  Vcpu& vcpu = *(*machine)->vcpus()[0];
  const Time deadline = clock.now() + limit;
  while (clock.now() < deadline) {
    Budget budget;
    budget.until = deadline;
    if (vcpu.run(budget).why == ExitWhy::Stopped) break;
  }
  return split_lines(text);
}

}  // namespace roost::random_programs
