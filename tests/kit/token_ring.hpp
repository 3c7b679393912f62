// The room: vCPUs that pass tokens around a ring: each runs only when it holds one, and otherwise halts. A wakeup lost
// anywhere stops the ring for ever. They stand in for guests where only scheduling is tested or timed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vmm/executor/live_world.hpp"

namespace roost::kit {

class TokenVcpu final : public Vcpu {
 public:
  TokenVcpu(WakeSink& sink, VcpuId id, const std::atomic<bool>& over) : sink_(sink), id_(id), over_(over) {}

  Exit run(const Budget&) override {
    if (over_.load()) return {.why = ExitWhy::Stopped};
    const std::uint32_t tokens = line_.exchange(0);
    for (std::uint32_t i = 0; i < tokens; ++i) {
      ++passes_;
      on_pass();
      next->post_interrupt(0, true);
    }
    return {.why = over_.load() ? ExitWhy::Stopped : ExitWhy::Halted, .retired = tokens};
  }
  void post_interrupt(unsigned, bool) override {
    line_.fetch_add(1);
    sink_.wake(id_);
  }
  std::uint64_t passes() const { return passes_; }

  TokenVcpu* next = nullptr;
  std::function<void()> on_pass;

 private:
  WakeSink& sink_;
  VcpuId id_;
  const std::atomic<bool>& over_;
  std::atomic<std::uint32_t> line_{0};
  std::uint64_t passes_ = 0;
};

class TokenRing {  // ends when `rounds` passes have been made in all
 public:
  TokenRing(LiveWorld& world, std::size_t vcpus, std::size_t tokens, std::uint64_t passes, std::size_t vms = 1)
      : sink_(world.wake_sink()), left_(static_cast<std::int64_t>(passes)), vms_(vms) {
    for (std::size_t i = 0; i < vcpus; ++i)
      vcpus_.push_back(std::make_unique<TokenVcpu>(sink_, id_at<VcpuId>(i), over_));
    for (std::size_t i = 0; i < vcpus; ++i) {
      vcpus_[i]->next = vcpus_[(i + 1) % vcpus].get();
      vcpus_[i]->on_pass = [this] { passed(); };
    }
    for (std::size_t i = 0; i < tokens; ++i) vcpus_[i * vcpus / tokens]->post_interrupt(0, true);
  }

  std::vector<TenantVm> vms() const {
    std::vector<TenantVm> out;
    for (std::size_t i = 0; i < vms_; ++i) out.push_back({"vm" + std::to_string(i), "ring"});
    return out;
  }
  std::vector<Tenant> tenants(const PcpuSet& allowed) const {
    std::vector<Tenant> out;
    for (std::size_t i = 0; i < vcpus_.size(); ++i)
      out.push_back({vcpus_[i].get(),
                     {.vm = id_at<VmId>(i % vms_), .allowed = allowed},
                     static_cast<std::uint32_t>(i / vms_)});
    return out;
  }
  std::uint64_t passes() const {
    std::uint64_t sum = 0;
    for (const auto& vcpu : vcpus_) sum += vcpu->passes();
    return sum;
  }

 private:
  void passed() {
    if (left_.fetch_sub(1) != 1) return;
    over_.store(true);
    for (std::size_t i = 0; i < vcpus_.size(); ++i) sink_.wake(id_at<VcpuId>(i));
  }
  WakeSink& sink_;
  std::atomic<std::int64_t> left_;
  std::atomic<bool> over_{false};
  std::size_t vms_;
  std::vector<std::unique_ptr<TokenVcpu>> vcpus_;
};

}  // namespace roost::kit
