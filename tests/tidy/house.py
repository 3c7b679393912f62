"""The house rules as data: what may include what, which words stay out where, how large things may grow."""

# What a room may include besides itself. An arrow brings what lies below it: the table is closed over its own arrows.
# A folder that is not named here belongs to the nearest named folder above it.
LAYERS = {
    "sched/vocabulary": [],
    "sched/topology": ["sched/vocabulary"],
    "sched/trace": ["sched/vocabulary"],
    "sched/gate": ["sched/vocabulary"],
    "sched/containers": ["sched/vocabulary"],
    "sched/discipline": ["sched/containers", "sched/gate"],
    "sched/contract": ["sched/discipline"],
    "sched/runqueue": ["sched/discipline"],
    "sched/placement": ["sched/topology", "sched/runqueue"],
    "sched/balance": ["sched/topology", "sched/runqueue"],
    "sched/numa": ["sched/topology", "sched/runqueue"],
    "sched/idle": ["sched/topology"],
    "sched/policy": ["sched/placement", "sched/balance", "sched/numa", "sched/idle", "sched/gate", "sched/trace"],
    "vmm/host": ["sched/topology"],
    "vmm/vcpu": ["sched/vocabulary"],
    "vmm/caches": ["vmm/vcpu", "sched/topology"],
    "vmm/memory": ["vmm/host"],
    "vmm/rv64": ["vmm/memory", "vmm/vcpu"],
    "vmm/devices": ["vmm/memory", "vmm/vcpu"],
    "vmm/machine": ["vmm/rv64", "vmm/devices"],
    # workload: the pause of a spin from host; names, spans and histograms of scenario files as sched/policy reads them
    "vmm/workload": ["vmm/vcpu", "vmm/host", "sched/policy"],
    "vmm/executor": ["vmm/vcpu", "vmm/caches", "vmm/host", "sched/policy"],
    "guest/runtime": [],
    "guest/programs": ["guest/runtime"],
    "tools/guests": ["sched/vocabulary"],
    "tools/plates": [],
    "tools/report": ["vmm/executor"],
    "tools/cli": ["tools/report", "tools/guests", "tools/plates", "vmm/machine", "vmm/executor", "vmm/workload",
                  "sched/contract"],
    "tools/verify": ["tools/cli"],
    "tools/commands": ["tools/cli", "tools/verify"],
    "tools": ["tools/commands"],
    "tests/kit": ["sched/policy", "vmm/machine", "vmm/executor", "vmm/workload"],
    "tests": ["tests/kit", "tools/commands"],
}

# (folders, folders excepted, pattern, what to do instead). Looked for in code: comments and literals do not count.
PURE = ["sched/"]
ABOVE_THE_HOST = ["vmm/"]
OURS = ["sched/", "vmm/", "tools/", "tests/"]
WORDS = [
    (PURE, [], r"\b(steady_clock|system_clock|high_resolution_clock)\b", "time is an argument (law 1)"),
    (PURE, [], r"\bstd::(mutex|shared_mutex|lock_guard|unique_lock|scoped_lock|condition_variable)\b",
     "no locks in sched/: the world holds the runqueue (law 3)"),
    (PURE, [], r"\bstd::(thread|jthread|async|this_thread)\b|\bthread_local\b", "no threads in sched/ (law 1)"),
    (PURE, [], r"\bstd::atomic", "no atomics in sched/: what is shared is published by the executor (law 4)"),
    (PURE, [], r"\b(float|double)\b", "integers: no floating point in sched/ (house style 3)"),
    (PURE, [], r"\bstd::(cout|cerr|cin|[io]?fstream|ostream|istream)\b|<iostream>|<fstream>|<cstdio>|\bprintf\b",
     "no I/O in sched/ (law 1)"),
    (PURE, [], r"\bstd::unordered_\w+|<unordered_", "an IdVector or std::map: no hash container is iterated (law 1)"),
    (OURS, [], r"\bstd::(rand|srand|random_device)\b|(?<![\w.>:])s?rand\(", "a seeded stream, given as an argument"),
    (OURS, [], r"<format>|<expected>|<source_location>|\bstd::(format|expected|source_location|views)\b",
     "the subset of GCC 12 and clang 14: fmt, Result, __builtin_LINE, plain algorithms (house style 4)"),
    (OURS, [], r"\bassert\s*\(|<cassert>", "check(), which stays on in release (law 8)"),
    (OURS, [], r"\busing\s+namespace\s+std\s*;", "std:: in full"),
    (OURS, [], r"\bstd::endl\b", "'\\n'"),
    (OURS, [], r"^\s*#\s*define\b", "a constant, a function or a template: no macros (house style 5)"),
    (["guest/"], [], r"#\s*include\s*[<\"](sched|vmm|tools|tests)/", "guests include nothing of ours"),
    (["tests/"], [], r"\bthis_thread::sleep_|\b(usleep|nanosleep)\b|(?<![\w.>:])sleep\(",
     "an event that is waited for: no test sleeps to make something happen (house style 10)"),
    (ABOVE_THE_HOST, ["vmm/host/"], r"\bpthread_\w+|\bsched_(set|get)affinity\b|\bstd::thread\b",
     "std::jthread, and vmm/host for its name, place and clock"),
    (ABOVE_THE_HOST, ["vmm/host/"], r"\bsyscall\s*\(|\bSYS_\w+|\bFUTEX_\w+", "vmm/host's doorbell"),
    (ABOVE_THE_HOST, ["vmm/host/"], r"(?<!\w)(mmap|munmap|mprotect|madvise)\s*\(", "vmm/host's memory mapping"),
    (ABOVE_THE_HOST, ["vmm/host/"], r"(?<!\w)::(open|read|write|close|ioctl)\s*\(|<(unistd|fcntl)\.h>|<sys/|<linux/",
     "vmm/host, or bytes given as an argument"),
    (ABOVE_THE_HOST, ["vmm/host/"], r"\b(steady_clock|system_clock|clock_gettime|gettimeofday)\b",
     "the world's Clock"),
]

# Looked for in the whole text of every file, comments too.
TEXT_WORDS = [
    (r"\b(TODO|FIXME|XXX|HACK)\b", "do it, or say in words what does not hold and why"),
    (r"(?<![\w.~$\-/}])/(home|root|Users|work|workspace)/", "a path relative to the project"),
]

LINE_LENGTH = 120
FILE_LINES = 500
FUNCTION_LINES = 60
PARAMETERS = 5

# Undefined symbols that a library of sched/ must not have: it would reach for a thread, a clock, a lock or I/O.
IMPURE_SYMBOLS = (
    r"^(pthread_|clock_|gettimeofday|time$|times$|nanosleep|usleep|sleep$|sched_|rand|random|getrandom|getenv"
    r"|f?open|f?read|f?write|f?close|v?[fs]?n?printf|puts|putchar|fputs|mmap|munmap|syscall|ioctl|poll|__cxa_guard)"
    r"|std::(chrono::.*::now|thread|jthread|mutex|condition_variable|this_thread|random_device|cout|cerr|clog|cin)"
    r"|std::(__cxx11::)?basic_[io]?f?stream|std::ios_base|std::__atomic"
)

# Objects in writable memory that are no state of ours: the compiler's, outside libraries' templates, and the embedded
# guests, a table whose addresses the linker alone knows.
WRITABLE_ALLOWED = (
    r"^(guard variable for )?(DW\.ref\.|_GLOBAL_|__gcov|__llvm|\.|(std|CLI|boost|fmt|nlohmann|__gnu_cxx)\b"
    r"|roost::embedded_guests\(\)::guests$)"
)
