// What is measured of a run is at the top, the rows below it. Each scenario says how its prediction comes about.

#include "tools/verify/theory_row.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "tools/verify/formulas.hpp"

namespace roost {

namespace {

using Kind = Tolerance::Kind;

double seconds(Duration d) { return static_cast<double>(nanoseconds(d)) / 1e9; }

/// Mean time in the system of the only queue's jobs, in services of 1 ms.
double sojourn(const ScenarioRun& run) {
  const Histogram& of = run.objects.front().sojourn;
  return seconds(of.sum()) * 1e3 / static_cast<double>(of.count());
}

/// Time that jobs were in the system and vCPUs were not runnable, or the other way round.
double beyond_littles_law(const ScenarioRun& run) {
  Duration runnable{0};
  for (const VcpuReport& vcpu : run.run.report.vcpus) runnable += vcpu.run + vcpu.wait;
  return std::abs(seconds(runnable - run.objects.front().sojourn.sum()));
}

double run_of(const ScenarioRun& run, std::size_t vcpu) {
  return seconds(run.run.report.vcpus[id_at<VcpuId>(vcpu)].run) / seconds(run.run.report.wall);
}
double run_of_first(const ScenarioRun& run) { return run_of(run, 0); }
double run_of_second(const ScenarioRun& run) { return run_of(run, 1); }

double stolen_from_first(const ScenarioRun& run) {
  return seconds(run.run.report.vcpus[VcpuId{0}].steal) / seconds(run.run.report.wall);
}

/// Time by which lives and pCPUs' walls differ from their parts.
double unaccounted(const ScenarioRun& run) {
  Duration off{0};
  const RunReport& report = run.run.report;
  for (const VcpuReport& of : report.vcpus)
    off += std::chrono::abs(of.lifetime - of.run - of.wait - of.halted - of.capped);
  for (const PcpuReport& of : report.pcpus) off += std::chrono::abs(report.wall - of.busy - of.idle - of.overhead);
  return seconds(off);
}

/// Of the first vCPU's run: how far, in its quanta of 1 ms, from half of the wall.
double quanta_off_half(const ScenarioRun& run) {
  return std::abs(seconds(run.run.report.vcpus[VcpuId{0}].run) - seconds(run.run.report.wall) / 2) * 1e3;
}

double missed(const ScenarioRun& run) {
  std::uint64_t sum = 0;
  for (const VcpuReport& vcpu : run.run.report.vcpus) sum += vcpu.deadline_misses;
  return static_cast<double>(sum);
}

/// Of the last vCPU, which has a pCPU to itself: how much of wall it ran and got no work done.
double spun_away(const ScenarioRun& run) {
  const auto& vcpus = run.run.report.vcpus;
  Duration ran{0};
  for (const VcpuReport& vcpu : vcpus) ran += vcpu.run;
  for (const VmCounts& vm : run.vms) ran -= vm.work;
  return seconds(ran) / seconds(run.run.report.wall);
}

double busy_pcpus(const ScenarioRun& run) {
  Duration busy{0};
  for (const PcpuReport& pcpu : run.run.report.pcpus) busy += pcpu.busy;
  return seconds(busy) / seconds(run.run.report.wall);
}

/// Of the first vCPU and the second, whichever leads.
double lead_ms(const ScenarioRun& run) {
  const auto& vcpus = run.run.report.vcpus;
  return std::abs(seconds(vcpus[VcpuId{0}].run - vcpus[VcpuId{1}].run)) * 1e3;
}

/// Of the only lock.
double locks_per_us(const ScenarioRun& run) {
  return static_cast<double>(run.objects.front().grants) / (seconds(run.run.report.wall) * 1e6);
}

/// Milliseconds of a round in which all meet at the barrier.
double round_ms(const ScenarioRun& run) {
  return seconds(run.run.report.wall) * 1e3 * static_cast<double>(run.run.report.vcpus.size()) /
         static_cast<double>(run.vms.front().all.rounds);
}

double mean_wake_to_run_ms(const ScenarioRun& run) {
  Histogram waits;
  for (const VcpuReport& vcpu : run.run.report.vcpus) waits.merge(vcpu.wake_to_run);
  return seconds(waits.sum()) * 1e3 / static_cast<double>(waits.count());
}

double longest_wake_to_run_ms(const ScenarioRun& run) {
  Duration most{0};
  for (const VcpuReport& vcpu : run.run.report.vcpus) most = std::max(most, vcpu.wake_to_run.max());
  return seconds(most) * 1e3;
}

double part_of_grahams_bound(const ScenarioRun& run) {
  Duration all{0}, longest{0};
  for (const VcpuReport& vcpu : run.run.report.vcpus) all += vcpu.run, longest = std::max(longest, vcpu.run);
  const auto pcpus = static_cast<double>(run.run.report.pcpus.size());
  return seconds(run.run.report.wall) / (seconds(all) / pcpus + (1 - 1 / pcpus) * seconds(longest));
}

constexpr std::string_view kServices = "mean services", kOfPcpu = "of a pCPU", kOfWall = "of wall";

constexpr std::array<TheoryRow, 27> kRows{{
    // ---- queues
    {"mm1", "M/M/1, FIFO, load 0.8: 1 / (1 - rho)", "Kleinrock 1975", theory::mm_c(1, 0.8), kServices,
     {Kind::Mean, 0.01}, 20, sojourn},
    {"mm1_little", "L = lambda W: jobs' time in the system is vCPUs' time runnable", "Little 1961", 0, "s",
     {Kind::Exactly, 0}, 3, beyond_littles_law},
    {"md1", "M/D/1, FIFO, load 0.8: 1 + rho / 2 (1 - rho)", "Pollaczek, Khinchine 1930", theory::mg1(0.8, 0),
     kServices, {Kind::Mean, 0.01}, 10, sojourn},
    {"md1_shared", "M/D/1, turns of 1/50 service, load 0.7: as processor sharing, 1 / (1 - rho)", "Kleinrock 1967",
     theory::mm_c(1, 0.7), kServices, {Kind::Mean, 0.02}, 10, sojourn},
    {"mm8", "M/M/8, one runqueue, load 0.9: 1 + C / c (1 - rho), C by Erlang", "Erlang 1917", theory::mm_c(8, 0.9),
     kServices, {Kind::Mean, 0.03}, 10, sojourn},
    {"mm16", "M/M/16, one runqueue, load 0.9: the same", "Erlang 1917", theory::mm_c(16, 0.9), kServices,
     {Kind::Mean, 0.005}, 20, sojourn},
    {"eight_mm1", "8 runqueues, a random one for each job, load 0.7: 1 / (1 - rho)",
     "a thinned Poisson process is one", theory::mm_c(1, 0.7), kServices, {Kind::Mean, 0.03}, 10, sojourn},
    {"two_choices", "256 runqueues, the lighter of two, load 0.9: sum of rho^(2^i - 2)", "Mitzenmacher 1996",
     theory::two_choices(0.9), kServices, {Kind::Mean, 0.03}, 10, sojourn},
    // ---- shares
    {"fair_share", "hogs of weight 400, 200, 100 under cfs: the first has 4/7", "Demers, Keshav, Shenker 1989",
     4.0 / 7, kOfPcpu, {Kind::Each, 0.005}, 3, run_of_first},
    {"eevdf_share", "the same under eevdf", "Stoica, Abdel-Wahab 1995", 4.0 / 7, kOfPcpu, {Kind::Each, 0.005}, 3,
     run_of_first},
    {"infeasible", "weights 10, 1, 1 on two pCPUs: the second has min(1, l w) = 1/2", "Chandra et al. 2000 (SFS)",
     0.5, kOfPcpu, {Kind::Each, 0.01}, 3, run_of_second},
    {"stride_error", "100 tickets beside 100 of 1: off by 50 quanta at most", "Waldspurger 1995", 50, "quanta",
     {Kind::AtMost, 0}, 3, quanta_off_half},
    {"lottery_share", "three tickets of four, 10,000 draws: 0.75, deviation sqrt(p (1 - p) / n)",
     "Waldspurger, Weihl 1994", 0.75, kOfPcpu, {Kind::Mean, 0.0073}, 10, run_of_first},
    {"caps", "a cap of 10% beside two hogs: each of these has 45%", "max-min water filling", 0.45, kOfPcpu,
     {Kind::Each, 0.005}, 3, run_of_second},
    {"edf_full", "EDF, one pCPU, reservations of 95% beside hogs: no miss", "Liu, Layland 1973", 0, "misses",
     {Kind::Exactly, 0}, 3, missed},
    // ---- time
    {"steal", "two hogs on a pCPU: half is stolen from each", "the steal clocks of KVM and Xen", 0.5, kOfWall,
     {Kind::Each, 0.01}, 3, stolen_from_first},
    {"conservation", "run + wait + halted + capped = life; busy + idle + own = wall", "by definition", 0, "s",
     {Kind::Exactly, 0}, 3, unaccounted},
    // ---- locks and siblings
    {"lock_8", "8 vCPUs, 10 us apart, a lock of 1 us: exact MVA", "Reiser, Lavenberg 1980",
     theory::machine_repairman(8, 10, 1), "locks/us", {Kind::Mean, 0.03}, 10, locks_per_us},
    {"lock_16", "16 of them: near its limit, 1 / S", "Reiser, Lavenberg 1980", theory::machine_repairman(16, 10, 1),
     "locks/us", {Kind::Mean, 0.03}, 10, locks_per_us},
    {"lock_holder", "a holder beside a hog: f (q - t) / 2 q + f z / 4 t spun away", "derived in the scenario",
     theory::lock_holder_waste(0.1, 4, 2000, 50), kOfWall, {Kind::Mean, 0.1}, 10, spun_away},
    {"lock_holder_directed", "the same, with directed yield: f z / 4 t + f (w + z / 2) / (1 - f) 2 q",
     "derived in the scenario", theory::lock_holder_waste_directed(0.1, 4, 2000, 50, 2.5), kOfWall, {Kind::Mean, 0.1},
     10, spun_away},
    {"relaxed_skew", "relaxed co-scheduling: no lead beyond threshold and sample, 3 + 1 ms", "ESX's scheduler", 4, "ms",
     {Kind::AtMost, 0}, 3, lead_ms},
    {"cosched_left_over", "gangs of 3 on 8 pCPUs, strict: 8 mod 3 = 2 stay idle", "Ousterhout 1982", 6, "busy pCPUs",
     {Kind::Exactly, 0}, 3, busy_pcpus},
    {"stacking", "four vCPUs, four pCPUs, random: a round is the fullest's length, 2.125",
     "balls into bins, by enumeration", 2.125, "ms", {Kind::Mean, 0.01}, 10, round_ms},
    // ---- balancing
    {"push_wait", "a push every P = 8 ms, at any phase, for every other wakeup: P / 4", "uniform phase", 2.0, "ms",
     {Kind::Mean, 0.02}, 10, mean_wake_to_run_ms},
    {"push_wait_most", "the same: P at most", "uniform phase", 8.0, "ms", {Kind::AtMost, 0}, 10,
     longest_wake_to_run_ms},
    {"graham", "jobs on 8 pCPUs: no longer than T1 / P + (1 - 1 / P) Tmax", "Graham 1969", 1, "of the bound",
     {Kind::AtMost, 0}, 10, part_of_grahams_bound},
}};

}  // namespace

std::span<const TheoryRow> theory_rows() { return kRows; }

}  // namespace roost
