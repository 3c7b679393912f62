// The room: a placement by its name, and what it may ask of a vCPU, as a test writes it down.
#pragma once

#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "sched/policy/catalog.hpp"

namespace roost::test {

inline std::unique_ptr<Placer> make(std::string_view name, const Topology& topology,
                                    std::initializer_list<std::pair<const char*, std::int64_t>> constants = {}) {
  const Catalog catalog = standard_catalog();
  for (const PlacementEntry* entry : catalog.placements) {
    if (entry->info.name != name) continue;
    ConstantValues values(entry->info);
    for (const auto& [constant, value] : constants) values.set(constant, value);
    return entry->make({.topology = topology, .max_vcpus = 100, .seed = 7}, values);
  }
  throw std::invalid_argument("no such placement");
}

class Around final : public Surroundings {
 public:
  std::uint64_t siblings_at = 0;  // of the first 64 pCPUs
  Waker woken_by;
  Duration has_run{0};
  PcpuSet prefers;
  std::map<NodeId, std::uint64_t> free;

  std::uint64_t siblings(std::size_t w) const override { return w == 0 ? siblings_at : 0; }
  Waker waker() const override { return woken_by; }
  Duration ran() const override { return has_run; }
  const PcpuSet* preferred() const override { return prefers.empty() ? nullptr : &prefers; }
  std::optional<std::uint64_t> free_memory(NodeId node) const override {
    const auto known = free.find(node);
    return known == free.end() ? std::nullopt : std::optional(known->second);
  }
};

inline PcpuSet set_of(std::initializer_list<std::uint32_t> pcpus) {
  PcpuSet set;
  for (const std::uint32_t p : pcpus) set.insert(PcpuId{p});
  return set;
}

}  // namespace roost::test
