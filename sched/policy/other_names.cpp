#include "sched/policy/other_names.hpp"

namespace roost {

namespace {

constexpr OtherName kOtherNames[]{
    OtherName{"arinc653", "static_table"},
    OtherName{"tdma", "static_table"},
    OtherName{"cyclic_executive", "static_table"},
    OtherName{"o1", "priority_arrays"},
    OtherName{"o(1)", "priority_arrays"},
    OtherName{"rr", "round_robin"},
    OtherName{"sched_rr", "round_robin"},
    OtherName{"sched_fifo", "fifo"},
    OtherName{"fcfs", "fifo"},
    OtherName{"sedf", "edf"},
    OtherName{"deadline", "edf"},
    OtherName{"sched_deadline", "edf"},
    OtherName{"cbs", "edf"},
    OtherName{"rt_xen", "rtds"},
    OtherName{"credit1", "credit"},
    OtherName{"xen", "credit"},
    OtherName{"xen", "credit2"},
    OtherName{"xen", "rtds"},
    OtherName{"srtf", "stcf"},
    OtherName{"srpt", "stcf"},
    OtherName{"spn", "sjf"},
    OtherName{"linux", "cfs"},
    OtherName{"linux", "eevdf"},
    OtherName{"linux", "priority_arrays"},
    OtherName{"freebsd", "ule"},
    OtherName{"illumos", "solaris_ts"},
    OtherName{"solaris", "solaris_ts"},
    OtherName{"ts", "solaris_ts"},
    OtherName{"nt", "windows_nt"},
    OtherName{"windows", "windows_nt"},
    OtherName{"wfq", "weighted_fair"},
    OtherName{"fair", "weighted_fair"},
    OtherName{"fair", "cfs"},
    OtherName{"default", "roost"},
    // placements
    OtherName{"first_fit", "pack"},
    OtherName{"bin_packing", "pack"},
    OtherName{"worst_fit", "least_loaded"},
    OtherName{"join_shortest_queue", "least_loaded"},
    OtherName{"jsq", "least_loaded"},
    OtherName{"power_of_two", "two_choices"},
    OtherName{"p2c", "two_choices"},
    OtherName{"select_idle_sibling", "idle_first"},
    OtherName{"find_idlest_group", "spread"},
    OtherName{"prev_cpu", "last_pcpu"},
    OtherName{"sticky", "last_pcpu"},
    OtherName{"balance_scheduling", "anti_stacking"},
    // balance and numa
    OtherName{"off", "none"},
    OtherName{"steal", "pull"},
    OtherName{"work_stealing", "pull"},
    OtherName{"idle_balance", "pull"},
    OtherName{"new_idle", "pull"},
    OtherName{"pull_push", "hybrid"},
    OtherName{"both", "hybrid"},
    OtherName{"load_balance", "domains"},
    OtherName{"sched_domains", "domains"},
    OtherName{"on", "follow_memory"},
    OtherName{"autonuma", "follow_memory"},
    OtherName{"numa_balancing", "follow_memory"},
};

constexpr OtherName kOtherParts[]{
    OtherName{"pu", "pcpu"},
    OtherName{"thread", "pcpu"},
    OtherName{"per_cpu", "pcpu"},
    OtherName{"mqms", "pcpu"},
    OtherName{"none", "pcpu"},
    OtherName{"smt", "core"},
    OtherName{"l2", "core"},
    OtherName{"l3", "llc"},
    OtherName{"cache", "llc"},
    OtherName{"ccx", "llc"},
    OtherName{"cluster", "llc"},
    OtherName{"numa", "node"},
    OtherName{"socket", "node"},
    OtherName{"package", "node"},
    OtherName{"all", "machine"},
    OtherName{"global", "machine"},
    OtherName{"host", "machine"},
    OtherName{"single", "machine"},
    OtherName{"sqms", "machine"},
    OtherName{"system", "machine"},
};

}  // namespace

std::span<const OtherName> other_names() { return kOtherNames; }
std::span<const OtherName> other_names_of_parts() { return kOtherParts; }

}  // namespace roost
