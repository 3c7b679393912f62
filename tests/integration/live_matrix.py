#!/usr/bin/env python3
"""A toy guest under every discipline of the catalog, live: 8 vCPUs share 2 pCPUs, and each run ends with the answer
that the default policy's has; and under every preset, with 16 vCPUs.

live_matrix.py ROOST GUEST
"""
import re
import subprocess
import sys

# Few rounds: what is looked for is a vCPU that no discipline's path loses or doubles, not how fast it is.
ARGS = {
    "barrier_storm": "rounds=20", "float_mix": "rounds=1", "fork_join": "rounds=5 numbers=512",
    "lock_fight": "rounds=20", "memory_walk": "kib=16 rounds=2", "mix": "rounds=20",
    "page_walk": "pages=4 rounds=2", "ping_pong": "rounds=20",
    "producer_consumer": "items=20", "spin": "rounds=5", "timer_storm": "rounds=10",
}
# Where windows are in force a VM waits for its own: short ones, so that a round does not take 20 ms.
CONSTANTS = {"static_table": ",frame=1ms,window=500us,slice=100us"}
# Who finds no pCPU of its own never runs there: as many vCPUs as pCPUs.
VCPUS = {"xen-null": 2}
ONE_HART = {"mix"}  # only hart 0 works: eight VMs of one


def run(*command, limit):
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=limit)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def listed(roost, kind):
    """The names of all that `roost policies` has of this kind, but for Linux's own."""
    table = re.search(rf"^{kind} .*\n((?:\S.*\n)+)", run(roost, "policies", limit=60), re.M).group(1)
    return [line.split()[0] for line in table.splitlines() if line.split()[0] != "host"]


def answer(roost, guest, policy, vcpus):
    machines = ["run", guest, "--vcpus", str(vcpus)]
    if guest in ONE_HART:
        machines = ["run"] + [word for v in range(vcpus) for word in ("--vm", f"v{v}={guest}")]
    args = ["--args", ARGS[guest]] if guest in ARGS else []
    told = run(roost, *machines, *args, "--pcpus", "2", "--policy", policy, "--quiet", "--time-limit", "120s",
               limit=180)
    lines = sorted(line for line in told.splitlines() if "checksum=" in line)
    if not lines or not all(line.endswith(" ok") for line in lines):
        sys.exit(f"{guest} under {policy} has no right answer:\n{told}")
    return lines


def main(roost, guest):
    for kind, vcpus, least in (("discipline", 8, 16), ("preset", 16, 12)):
        names = listed(roost, kind)
        if len(names) < least:
            sys.exit(f"the catalog has but {names}")
        right = {count: answer(roost, guest, "roost", count) for count in (vcpus, *VCPUS.values())}
        for name in names:
            count = VCPUS.get(name, vcpus)
            got = answer(roost, guest, name + CONSTANTS.get(name, ""), count)
            if got != right[count]:
                sys.exit(f"{guest} under {name} answers\n{got}\nand not\n{right[count]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
