#include "sched/policy/standard_presets.hpp"

#include "sched/policy/presets/esx_relaxed.hpp"
#include "sched/policy/presets/freebsd_ule.hpp"
#include "sched/policy/presets/linux_cfs.hpp"
#include "sched/policy/presets/linux_eevdf.hpp"
#include "sched/policy/presets/linux_o1.hpp"
#include "sched/policy/presets/queues.hpp"
#include "sched/policy/presets/roost.hpp"
#include "sched/policy/presets/solaris_ts.hpp"
#include "sched/policy/presets/windows_nt.hpp"
#include "sched/policy/presets/xen_credit.hpp"
#include "sched/policy/presets/xen_credit2.hpp"
#include "sched/policy/presets/xen_null.hpp"
#include "sched/policy/presets/xen_rtds.hpp"

namespace roost {

std::vector<PresetInfo> standard_presets() {
  return {
      kRoostPreset,
      kEsxRelaxedPreset,
      kFreebsdUlePreset,
      kLinuxCfsPreset,
      kLinuxEevdfPreset,
      kLinuxO1Preset,
      kSolarisTsPreset,
      kWindowsNtPreset,
      kXenCreditPreset,
      kXenCredit2Preset,
      kXenNullPreset,
      kXenRtdsPreset,
      kSqmsPreset,
      kMqmsNonePreset,
      kMqmsPullPreset,
      kMqmsPushPreset,
      kMqmsHybridPreset,
  };
}

}  // namespace roost
