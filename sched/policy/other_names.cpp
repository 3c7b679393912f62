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
};

}  // namespace

std::span<const OtherName> other_names() { return kOtherNames; }

}  // namespace roost
