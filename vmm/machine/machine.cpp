#include "vmm/machine/machine.hpp"

#include <fmt/core.h>

#include <optional>
#include <utility>

#include "sched/vocabulary/check.hpp"
#include "vmm/devices/clint.hpp"
#include "vmm/devices/console_output.hpp"
#include "vmm/devices/finisher.hpp"
#include "vmm/devices/plic.hpp"
#include "vmm/devices/uart16550.hpp"
#include "vmm/machine/boot.hpp"
#include "vmm/machine/htif.hpp"
#include "vmm/machine/loader.hpp"
#include "vmm/machine/memory_map.hpp"
#include "vmm/memory/bus.hpp"
#include "vmm/memory/guest_ram.hpp"
#include "vmm/rv64/hart.hpp"

namespace roost {
namespace {

/// The board: every wire between harts and devices is drawn here.
class VirtMachine final : public Machine {
 public:
  VirtMachine(const MachineConfig& config, GuestRam ram, const Boot& boot)
      : first_vcpu_(config.first_vcpu),
        wake_sink_(*config.wake_sink),
        boot_time_(config.clock->now()),
        ram_(std::move(ram)),
        console_(config.console_out) {
    if (boot.tohost) htif_.emplace(ram_, console_, *boot.tohost, boot.fromhost, [this](int code) { stop(code); });
    make_harts(config, boot);
    make_devices(config);
  }

  std::span<Vcpu* const> vcpus() override { return vcpus_; }
  std::size_t console_input(std::string_view bytes) override { return uart_->receive(bytes); }

  void stop(int exit_code) override {
    if (ending_.exchange(true)) return;  // the first one decides
    exit_code_.store(exit_code, std::memory_order_relaxed);
    stopped_.store(true, std::memory_order_release);
    for (std::size_t hart = 0; hart < harts_.size(); ++hart) wake_sink_.wake(id_at<VcpuId>(index(first_vcpu_) + hart));
  }
  bool stopped() const override { return stopped_.load(std::memory_order_acquire); }
  int exit_code() const override { return exit_code_.load(std::memory_order_relaxed); }

 private:
  void make_harts(const MachineConfig& config, const Boot& boot) {
    rv64::HartEnvironment environment;
    environment.ram = &ram_;
    environment.bus = &bus_;
    environment.clock = config.clock;
    environment.wake_sink = config.wake_sink;
    environment.stopped = &stopped_;
    environment.boot = boot_time_;
    if (boot.tohost) {
      environment.tohost = value(*boot.tohost);
      environment.on_tohost = [this](std::uint64_t request) { htif_->on_tohost(request); };
    }
    for (std::uint32_t hart = 0; hart < config.vcpus; ++hart) {
      harts_.push_back(std::make_unique<rv64::Hart>(environment, hart, id_at<VcpuId>(index(first_vcpu_) + hart)));
      harts_.back()->reset(value(boot.entry), value(boot.device_tree), value(boot.firmware_info));
      vcpus_.push_back(harts_.back().get());
    }
  }

  void make_devices(const MachineConfig& config) {
    finisher_.emplace([this](int code) { stop(code); });
    std::vector<Clint::HartLines> clint_lines;
    std::vector<InterruptLine> plic_lines;
    for (const auto& owner : harts_) {
      rv64::Hart* const hart = owner.get();
      clint_lines.push_back({.msip = line(hart, rv64::kMsip),
                             .mtimecmp = [hart](std::uint64_t ticks) { hart->set_timer(ticks); }});
      plic_lines.push_back(line(hart, rv64::kMeip));
      plic_lines.push_back(line(hart, rv64::kSeip));
    }
    clint_.emplace(*config.clock, boot_time_, std::move(clint_lines));
    plic_.emplace(std::move(plic_lines));
    uart_.emplace(console_, [this](bool level) { plic_->set_wire(kUartIrq, level); });
    attach(kFinisherWindow, *finisher_);
    attach(kClintWindow, *clint_);
    attach(kPlicWindow, *plic_);
    attach(kUartWindow, *uart_);
  }

  static InterruptLine line(rv64::Hart* hart, rv64::Line number) {
    return [hart, number](bool level) { hart->post_interrupt(number, level); };
  }
  void attach(const Window& window, MmioDevice& device) { bus_.attach(window.base, window.size, device); }

  VcpuId first_vcpu_;
  WakeSink& wake_sink_;
  Time boot_time_;
  // stopped_ publishes exit_code_: release in stop(), acquire in stopped(). Harts look at it when they come out of a
  // block; the wake that follows brings each of them to look again.
  std::atomic<bool> ending_{false}, stopped_{false};
  std::atomic<int> exit_code_{0};
  GuestRam ram_;
  Bus bus_;
  ConsoleOutput console_;
  std::optional<Htif> htif_;
  std::vector<std::unique_ptr<rv64::Hart>> harts_;
  std::vector<Vcpu*> vcpus_;
  std::optional<Finisher> finisher_;
  std::optional<Clint> clint_;
  std::optional<Plic> plic_;
  std::optional<Uart16550> uart_;
};

std::optional<Error> refuse(const MachineConfig& config) {
  if (config.vcpus < 1 || config.vcpus > kMaxVcpus)
    return Error{fmt::format("{}: {} vCPUs; the board has 1 to {}", config.name, config.vcpus, kMaxVcpus)};
  if (config.memory < kMinMemory)
    return Error{fmt::format("{}: {} of memory; give at least {} (--memory 2M)", config.name,
                             spoken_size(config.memory), spoken_size(kMinMemory))};
  if (config.memory % kMemoryGranule != 0)
    return Error{fmt::format("{}: {} of memory is no multiple of 4 KiB; round --memory up", config.name,
                             spoken_size(config.memory))};
  if (config.memory > kMaxMemory)
    return Error{fmt::format("{}: {} of memory is more than an address can reach; give at most {}", config.name,
                             spoken_size(config.memory), spoken_size(kMaxMemory))};
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<Machine>> Machine::assemble(MachineConfig config) {
  check(config.clock != nullptr && config.wake_sink != nullptr, "a machine has a clock and a wake sink");
  if (auto refused = refuse(config)) return *refused;
  auto ram = GuestRam::create(kRamBase, config.memory);
  if (!ram) return Error{fmt::format("{}: {}; try a smaller --memory", config.name, ram.error().sentence)};
  const auto boot = prepare_boot(config, *ram);
  if (!boot) return boot.error();
  return std::unique_ptr<Machine>(std::make_unique<VirtMachine>(config, std::move(*ram), *boot));
}

}  // namespace roost
