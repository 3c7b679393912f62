#include "vmm/host/pinning.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include <fstream>
#include <memory>

namespace roost::host {

namespace {

constexpr std::size_t kMaxCpus = 8192;

struct CpuSet {  // glibc's dynamically sized set: plain cpu_set_t ends at 1024 CPUs
  CpuSet() : set(CPU_ALLOC(kMaxCpus)), bytes(CPU_ALLOC_SIZE(kMaxCpus)) { CPU_ZERO_S(bytes, set); }
  ~CpuSet() { CPU_FREE(set); }
  CpuSet(const CpuSet&) = delete;
  CpuSet& operator=(const CpuSet&) = delete;
  cpu_set_t* set;
  std::size_t bytes;
};

}  // namespace

std::vector<std::uint32_t> usable_cpus() {
  CpuSet cpus;
  std::vector<std::uint32_t> usable;
  if (sched_getaffinity(0, cpus.bytes, cpus.set) != 0) return {0};
  for (std::uint32_t cpu = 0; cpu < kMaxCpus; ++cpu)
    if (CPU_ISSET_S(cpu, cpus.bytes, cpus.set)) usable.push_back(cpu);
  return usable;
}

bool restrict_thread(const std::vector<std::uint32_t>& cpus) {
  CpuSet wanted;
  for (const std::uint32_t cpu : cpus)
    if (cpu < kMaxCpus) CPU_SET_S(cpu, wanted.bytes, wanted.set);
  return pthread_setaffinity_np(pthread_self(), wanted.bytes, wanted.set) == 0;
}

void name_thread(const std::string& name) { pthread_setname_np(pthread_self(), name.substr(0, 15).c_str()); }

void precise_sleeps() { prctl(PR_SET_TIMERSLACK, 1UL); }

std::uint64_t thread_switches() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return static_cast<std::uint64_t>(usage.ru_nvcsw) + static_cast<std::uint64_t>(usage.ru_nivcsw);
}

std::optional<Duration> thread_run_delay() {
  std::ifstream file("/proc/thread-self/schedstat");  // time on a CPU, time ready, slices
  std::int64_t ran = 0, ready = 0;
  if (!(file >> ran >> ready)) return std::nullopt;
  return Duration{ready};
}

Duration process_cpu_time() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return Duration{spent.tv_sec * 1'000'000'000 + spent.tv_nsec};
}

}  // namespace roost::host
