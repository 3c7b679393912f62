#!/usr/bin/env python3
"""The table of slice ends in tests/bench/README.md: every discipline, every size, medians of roost_bench_sched.

    tests/bench/slice_table.py build/release/tests/bench/roost_bench_sched [--repetitions 5] [--seconds 0.2]
"""

import argparse
import collections
import json
import subprocess


def in_words(nanoseconds: float) -> str:
    for unit, size in (("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.{1 if nanoseconds < 10 * size else 0}f} {unit}"
    return f"{nanoseconds:.0f} ns"


def medians(program: str, repetitions: int, seconds: float) -> dict[str, dict[int, float]]:
    """Of each discipline, by how many wait beside the one that runs: CPU time in nanoseconds."""
    command = [program, "--benchmark_filter=^BM_SliceEnd/", f"--benchmark_repetitions={repetitions}",
               f"--benchmark_min_time={seconds}",
               "--benchmark_report_aggregates_only=true", "--benchmark_format=json"]
    out = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    found: dict[str, dict[int, float]] = collections.defaultdict(dict)
    for row in out["benchmarks"]:
        if row.get("aggregate_name") == "median":
            _, name, size = row["run_name"].split("/")[:3]
            found[name][int(size)] = row["cpu_time"]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.2, help="of each repetition, at least")
    arguments = parser.parse_args()
    found = medians(arguments.program, arguments.repetitions, arguments.seconds)
    sizes = sorted({size for row in found.values() for size in row})
    print("| runnable | " + " | ".join(f"{size:,}" for size in sizes) + " |")
    print("|---" * (len(sizes) + 1) + "|")
    for name in sorted(found):
        print(f"| {name} | " + " | ".join(in_words(found[name][size]) for size in sizes) + " |")


if __name__ == "__main__":
    main()
