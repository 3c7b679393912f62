// The room: how evenly a run shared the pCPUs, from what each vCPU ran and waited in all.
// Not here: fairness from moment to moment: what is made good before the end does not show.
//
// The *ideal share* is weighted max-min fairness (Bertsekas and Gallager, Data Networks, 1992, 6.5.2) of all pCPU time
// that the run delivered: time by weight, but nobody gets more than it was runnable for (run + wait); what those leave
// goes to the others. That cap is also what makes weights feasible that ask for more than one pCPU (Chandra et al.,
// Surplus fair scheduling, OSDI 2000). *Lag* is ideal share - run, positive for who is owed, as in EEVDF (Stoica and
// Abdel-Wahab, 1995). Affinities and capacities of pCPUs are not considered.
// *Jain's index* is (sum x)^2 / (n sum x^2): 1 if all are alike, 1/n if one has everything (Jain, Chiu and Hawe, 1984).
#pragma once

#include "sched/vocabulary/id_vector.hpp"
#include "vmm/executor/run_report.hpp"

namespace roost {

/// Spare vCPUs that nobody forked are not in it: their lag is 0.
struct Fairness {
  double jain_by_weight = 1;  // x = run / weight, of vCPUs that were ever runnable: 1 only if all wanted alike
  double jain_by_ideal = 1;   // x = run / ideal share: 1 if everybody got what was due
  IdVector<VcpuId, Duration> lag;
  VcpuId most_behind = kNoVcpu;  // of largest lag; kNoVcpu: nobody was ever runnable
  Duration max_lag() const { return most_behind == kNoVcpu ? Duration{0} : lag[most_behind]; }
};
Fairness fairness_of(const RunReport& report);

}  // namespace roost
