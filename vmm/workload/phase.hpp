// The room: what a scripted vCPU does, phase by phase.
// Not here: doing it (scripted_vcpu), how it is written down (toml_scripts, rtapp_reader).
// Invariants: phases lie flat, in order; Repeat and Again name each other's places, and so do Serve and Served. What a
//   phase names by `object` is of the kind that the phase needs.
//
//   0 Repeat 3x, past 4     1 Run 1ms     2 Lock m     3 Unlock m ...     4 Again, to 1
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vmm/vcpu/stepped_vcpu.hpp"
#include "vmm/workload/distribution.hpp"

namespace roost {

inline constexpr std::uint64_t kForever = UINT64_MAX;
inline constexpr std::uint64_t kLargestWorkingSet = 1ULL << 40;  // 1 TiB

struct Phase {
  enum class Kind : std::uint8_t {
    Run,        // work for `span`
    Runtime,    // work until `span` has passed since it began, however much that is
    Sleep,      // halt for `span`; an IPI ends it
    Timer,      // halt until `span` after it was last due (first: after the script began); if that has passed, it
                // is counted, and the next counts from now
    TimerFromStart,  // likewise, but the next counts from then: who is late once may be late again
    Wait,       // for event `object`; `also`, if not kNone, is a lock that is let go meanwhile (a condition variable)
    Signal,     // event `object`: one waiter goes on, or the next that comes
    Broadcast,  // event `object`: all who wait now go on
    Lock, Unlock, Barrier,
    Serve,      // takes a job from queue `object`; if it is closed and empty the script ends
    Served,     // the job is done
    Memory,     // from here on work touches this memory
    Ipi,        // interrupts vCPU `object` of the script's targets
    Yield,
    Confine,    // from here on it may run on the pCPUs of the script's set `object` alone
    Fork,       // a spare vCPU of the VM begins script `object`
    Exit,
    Repeat,     // the phases up to `place`, `times` times
    Again,      // back to `place`
  };
  static constexpr std::uint32_t kNone = UINT32_MAX;

  Kind kind = Kind::Run;
  std::uint32_t object = kNone;  // index into the scenario's objects, targets or scripts; timers, Confine: which of
                                 // the script's
  std::uint32_t also = kNone;
  std::uint32_t place = 0;
  std::uint64_t times = 0;
  Distribution span{};
  MemoryUse memory{};
};

struct Script {
  std::string name;
  std::string where;         // its phases, in its file: "a.toml:12: script.s.phases"
  std::vector<Phase> phases{};
  std::uint32_t timers = 0;  // how many Timer phases it has
  std::uint32_t depth = 0;   // of repeats within repeats
  std::vector<PcpuSet> confinements{};  // of Confine phases; an empty one: everywhere
};

/// Appends to a script and keeps its places right.
class ScriptWriter {
 public:
  explicit ScriptWriter(Script& script) : script_(script) {}
  void add(Phase phase);
  void begin_repeat(std::uint64_t times);
  void end_repeat();
  std::uint32_t depth() const { return static_cast<std::uint32_t>(open_.size()); }

 private:
  Script& script_;
  std::vector<std::size_t> open_;
};

}  // namespace roost
