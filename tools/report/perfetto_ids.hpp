// The room: the numbers by which a Perfetto trace knows vCPUs, tracks and packet sequences.
// Invariants: thread ids are positive (0 is idle); a VM's process id is its first vCPU's thread id, as Linux has it for
//   a main thread; track ids of different kinds never meet.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sched/vocabulary/ids.hpp"

namespace roost {

inline constexpr std::int64_t kSchedSequence = 1, kEventSequence = 2;

constexpr std::int64_t thread_id(VcpuId vcpu) {
  return vcpu == kNoVcpu ? 0 : 1000 + static_cast<std::int64_t>(index(vcpu));
}

enum class TrackKind : std::int64_t { Vcpu = 1, Queue, Kicks, Moves, Host, Cut };
constexpr std::int64_t track_id(TrackKind kind, std::size_t number) {
  return (static_cast<std::int64_t>(kind) << 40) + static_cast<std::int64_t>(number);
}
constexpr std::int64_t vcpu_track(VcpuId vcpu) { return track_id(TrackKind::Vcpu, index(vcpu)); }
constexpr std::int64_t queue_track(RunqueueId runqueue) { return track_id(TrackKind::Queue, index(runqueue)); }
constexpr std::int64_t kick_track(PcpuId pcpu) { return track_id(TrackKind::Kicks, index(pcpu)); }
constexpr std::int64_t move_track(PcpuId pcpu) { return track_id(TrackKind::Moves, index(pcpu)); }

inline constexpr std::int64_t kHostTrack = track_id(TrackKind::Host, 0);

/// Flows of migrations are numbered by event, those of kicks as kick_flows() has it.
constexpr std::uint64_t migration_flow(std::size_t event) { return (std::uint64_t{1} << 40) + event; }

}  // namespace roost
