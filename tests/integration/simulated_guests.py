#!/usr/bin/env python3
"""One toy guest in the simulated world: the live world's result line on every simulated host, and the same bytes twice.

    simulated_guests.py ROOST GUEST
"""
import pathlib
import subprocess
import sys
import tempfile

ROOST, GUEST = sys.argv[1:3]
SCENES = [  # vCPUs, host
    (1, "core:1"),
    (2, "core:1"),
    (2, "core:4"),
    (4, "core:2 pu:2"),
    (8, "node:2 core:4"),
    (8, "node:2 l3:2 core:2 pu:2"),
]


def result_of(vcpus, *options):
    done = subprocess.run([ROOST, "run", GUEST, "--vcpus", str(vcpus), "-q", *options], capture_output=True, text=True,
                          timeout=300, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"exit code {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def answer(output):
    """Without the timings: those are the world's."""
    return [line for line in output.splitlines() if line.startswith(GUEST + ": ")]


def simulated(folder, vcpus, host):
    trace, report = pathlib.Path(folder, "run.pftrace"), pathlib.Path(folder, "run.json")
    output = result_of(vcpus, "--world", "sim:" + host, "--trace", str(trace), "--json", str(report))
    return output, trace.read_bytes(), report.read_bytes()


def main():
    live = {vcpus: answer(result_of(vcpus, "--pcpus", "2")) for vcpus in sorted({vcpus for vcpus, _ in SCENES})}
    with tempfile.TemporaryDirectory() as folder:
        for vcpus, host in SCENES:
            first, second = simulated(folder, vcpus, host), simulated(folder, vcpus, host)
            assert answer(first[0]) == live[vcpus], f"{vcpus} vCPUs on {host}: {first[0]}live: {live[vcpus]}"
            for what, one, other in zip(("console", "trace", "report"), first, second):
                assert one == other, f"{vcpus} vCPUs on {host}: the {what} of two runs differ"
            print(f"{vcpus} vCPUs on {host}: {live[vcpus]}, trace of {len(first[1])} bytes")


if __name__ == "__main__":
    main()
