// The room: which host CPUs a thread may use, and what the kernel counts of it and of its process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sched/vocabulary/time.hpp"

namespace roost::host {

/// Host CPUs that this process may use, rising.
std::vector<std::uint32_t> usable_cpus();

/// Restricts the calling thread to `cpus`; a refusal is ignored and told by the return value.
bool restrict_thread(const std::vector<std::uint32_t>& cpus);

/// Names the calling thread (15 characters at most are kept), for `top -H` and debuggers.
void name_thread(const std::string& name);

/// Lets timed sleeps of the calling thread end on time (the default slack is 50 us).
void precise_sleeps();

/// Times that the calling thread was switched out, of its own accord or not.
std::uint64_t thread_switches();

/// How long the calling thread was ready and not running (run_delay, which KVM reports to its guests as steal time);
/// nothing where the kernel does not tell.
std::optional<Duration> thread_run_delay();

/// What CPUs have spent on this process so far, all its threads together, those that have ended too.
Duration process_cpu_time();

}  // namespace roost::host
