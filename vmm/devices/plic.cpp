#include "vmm/devices/plic.hpp"

#include <bit>
#include <utility>

#include "sched/vocabulary/check.hpp"

namespace roost {
namespace {

constexpr std::uint64_t kPendingBase = 0x1000;
constexpr std::uint64_t kEnableBase = 0x2000;
constexpr std::uint64_t kEnableStride = 0x80;
constexpr std::uint64_t kContextBase = 0x20'0000;
constexpr std::uint64_t kContextStride = 0x1000;
constexpr std::uint64_t kThreshold = 0;
constexpr std::uint64_t kClaim = 4;

/// Where `offset` lies in the per-context blocks of `stride` bytes at `base`.
struct InContext {
  std::size_t context;
  std::uint64_t within;
};
constexpr InContext in_context(std::uint64_t offset, std::uint64_t base, std::uint64_t stride) {
  return {static_cast<std::size_t>((offset - base) / stride), (offset - base) % stride};
}

constexpr std::uint32_t bit(std::uint32_t source) { return 1u << (source % 32); }

}  // namespace

Plic::Plic(std::vector<InterruptLine> contexts) : state_(contexts.size()) {
  for (auto& line : contexts) outputs_.push_back({.line = std::move(line)});
}

/// The source that a claim by `context` gives: highest priority above its threshold, then lowest number; 0: none.
std::uint32_t Plic::State::best(const Context& context) const {
  std::uint32_t source = 0;
  std::uint32_t beaten = context.threshold;
  for (std::size_t word = 0; word < kWords; ++word) {
    for (std::uint32_t left = pending[word] & context.enable[word]; left != 0; left &= left - 1) {
      const auto candidate = static_cast<std::uint32_t>(word * 32) + static_cast<std::uint32_t>(std::countr_zero(left));
      if (priority[candidate] <= beaten) continue;
      source = candidate;
      beaten = priority[candidate];
    }
  }
  return source;
}

std::uint64_t Plic::State::read(std::uint64_t offset) const {
  if (offset < kPendingBase) return offset / 4 < kSources ? priority[offset / 4] : 0;
  if (offset < kEnableBase) return (offset - kPendingBase) / 4 < kWords ? pending[(offset - kPendingBase) / 4] : 0;
  if (offset < kContextBase) {
    const auto [context, within] = in_context(offset, kEnableBase, kEnableStride);
    return context < contexts.size() && within / 4 < kWords ? contexts[context].enable[within / 4] : 0;
  }
  const auto [context, within] = in_context(offset, kContextBase, kContextStride);
  return context < contexts.size() && within == kThreshold ? contexts[context].threshold : 0;
}

std::uint32_t Plic::State::claim(Context& context) {
  const std::uint32_t source = best(context);
  if (source == 0) return 0;
  pending[source / 32] &= ~bit(source);
  in_service[source / 32] |= bit(source);
  return source;
}

void Plic::State::complete(std::uint32_t source) {
  if (source >= kSources) return;
  in_service[source / 32] &= ~bit(source);
  ask(source / 32);
}

void Plic::State::write(std::uint64_t offset, std::uint32_t value) {
  if (offset < kPendingBase) {
    const std::uint64_t source = offset / 4;
    if (source != 0 && source < kSources) priority[source] = value & kPriorities;
  } else if (offset < kEnableBase) {
    return;  // pending bits are the gateways'
  } else if (offset < kContextBase) {
    const auto [context, within] = in_context(offset, kEnableBase, kEnableStride);
    if (context < contexts.size() && within / 4 < kWords) contexts[context].enable[within / 4] = value;
  } else {
    const auto [context, within] = in_context(offset, kContextBase, kContextStride);
    if (context >= contexts.size()) return;
    if (within == kThreshold) contexts[context].threshold = value & kPriorities;
    if (within == kClaim) complete(value);
  }
}

std::uint64_t Plic::read(std::uint64_t offset, unsigned) {
  if (offset < kContextBase || (offset - kContextBase) % kContextStride != kClaim)
    return state_.with([&](const State& state) { return state.read(offset); });
  const std::uint32_t source = state_.with([&](State& state) {
    const std::size_t context = in_context(offset, kContextBase, kContextStride).context;
    return context < state.contexts.size() ? state.claim(state.contexts[context]) : 0;
  });
  if (source != 0) settle();
  return source;
}

void Plic::write(std::uint64_t offset, unsigned, std::uint64_t value) {
  state_.with([&](State& state) { state.write(offset, static_cast<std::uint32_t>(value)); });
  settle();
}

void Plic::set_wire(std::uint32_t source, bool level) {
  check(source != 0 && source < kSources, "a wire ends at a source of the PLIC");
  state_.with([&](State& state) {
    std::uint32_t& word = state.wire[source / 32];
    word = level ? word | bit(source) : word & ~bit(source);
    state.ask(source / 32);
  });
  settle();
}

void Plic::settle() {
  settler_.settle([this] {
    state_.with([this](const State& state) {
      for (std::size_t context = 0; context < outputs_.size(); ++context)
        outputs_[context].wanted = state.best(state.contexts[context]) != 0;
    });
    for (Output& output : outputs_)
      if (output.wanted != std::exchange(output.told, output.wanted)) output.line(output.wanted);
  });
}

}  // namespace roost
