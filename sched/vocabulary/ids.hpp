// The room: names of things that are scheduled and of the places they run, each a type of its own.
// Not here: what the names stand for.
// Invariants: ids are dense, from 0; order of ids is the only tie-break (law 1).
#pragma once

#include <cstddef>
#include <cstdint>

namespace roost {

enum class VcpuId : std::uint32_t {};
enum class PcpuId : std::uint32_t {};
enum class NodeId : std::uint32_t {};
enum class RunqueueId : std::uint32_t {};  // one per pCPU unless the policy's granularity says otherwise
enum class VmId : std::uint32_t {};

inline constexpr VcpuId kNoVcpu{0xffffffff};
inline constexpr PcpuId kNoPcpu{0xffffffff};
inline constexpr RunqueueId kNoRunqueue{0xffffffff};

template <typename Id>
concept IdType = requires(Id id) { static_cast<std::uint32_t>(id); } && __is_enum(Id);

template <IdType Id>
constexpr std::size_t index(Id id) {
  return static_cast<std::size_t>(id);
}

template <IdType Id>
constexpr Id id_at(std::size_t position) {
  return static_cast<Id>(position);
}

}  // namespace roost
