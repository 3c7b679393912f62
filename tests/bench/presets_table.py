#!/usr/bin/env python3
"""Every preset over shipped scenarios in virtual time: the table of presets in tests/bench/README.md.

    tests/bench/presets_table.py build/release/bin/roost [--repetitions 3] [--scenario NAME]...

Of each scenario the work that was done a second, the 99th percentile from wakeup to running, and Jain's index by
weight, as parts of the best preset's (of the latency: the best's, as a part of it; below 5 us all are alike). The
table has the geometric means over all scenarios, and their product's cube root, by which it is sorted.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile

SCENARIOS = """mixed_run_sleep server_64 bursts producer_consumer ping_pong barrier_phases lock_block lock_spin
    lock_holder numa_walkers cold_caches smt_packing big_little misfit periodic_timers fork_storm hogs_by_weight
    short_slices yielders""".split()
NO_LATENCY_BELOW_US = 5.0


def presets_of(roost: str) -> list[str]:
    lines = subprocess.run([roost, "policies"], capture_output=True, text=True, check=True).stdout.split("\n\n")[0]
    names = [line.split()[0] for line in lines.splitlines()[1:]]
    return [name for name in names if name not in ("host", "xen-null")]  # null: one vCPU a pCPU is another question


def figures(roost: str, scenario: pathlib.Path, preset: str, repetitions: int) -> tuple[float, float, float]:
    """Work a second, p99 of wakeups in us, Jain's index; nan where the run did not end well."""
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/out.json"
        done = subprocess.run([roost, "run", str(scenario), "--world", "sim", "--policy", preset, "-q", "--repetitions",
                               str(repetitions), "--json", out], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"{scenario.stem} under {preset}: {done.stderr.strip()[:160]}", file=sys.stderr)
            return math.nan, math.nan, math.nan
        told = {of["name"]: of["mean"] for of in json.loads(pathlib.Path(out).read_text(encoding="utf-8"))["estimates"]}
    return told["work done"] / told["wall"], told.get("wake-to-run p99") or 0.0, told["Jain's index by weight"]


def geometric(parts: list[float]) -> float:
    return math.exp(sum(math.log(part) for part in parts) / len(parts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("roost")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--scenario", action="append", default=[])
    asked = parser.parse_args()
    folder = pathlib.Path(__file__).resolve().parents[2] / "tools/scenarios"
    presets = presets_of(asked.roost)
    parts: dict[str, list[tuple[float, float, float]]] = {preset: [] for preset in presets}
    ended = dict.fromkeys(presets, 0)
    names = asked.scenario or SCENARIOS
    for name in names:
        found = {preset: figures(asked.roost, folder / f"{name}.toml", preset, asked.repetitions) for preset in presets}
        good = {preset: of for preset, of in found.items() if not math.isnan(of[0])}
        most = max(of[0] for of in good.values())
        least = max(min(of[1] for of in good.values()), NO_LATENCY_BELOW_US)
        fairest = max(of[2] for of in good.values())
        for preset, (work, wait, fair) in good.items():
            parts[preset].append((work / most, least / max(wait, least), fair / fairest))
            ended[preset] += 1
        print(f"{name}: done", file=sys.stderr)
    rows = []
    for preset in presets:
        if ended[preset] == 0:
            continue
        means = [geometric([part[i] for part in parts[preset]]) for i in range(3)]
        rows.append((geometric(means), preset, means))
    print("| preset | work | p99 of wakeups | fairness | together | scenarios |\n|---|---|---|---|---|---|")
    for together, preset, means in sorted(rows, reverse=True):
        print(f"| {preset} | " + " | ".join(f"{mean:.3f}" for mean in means) +
              f" | {together:.3f} | {ended[preset]} of {len(names)} |")


if __name__ == "__main__":
    main()
