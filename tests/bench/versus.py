"""Paired runs of the toy guests: Roost's scheduler, a host thread for each vCPU (`--policy host`), and QEMU.

    versus.py [--roost PROGRAM] [--guests FOLDER] [--cpus 0,1] [--vcpus 4,8] [--repeats 5] [--only NAME]

All engines run on the same host CPUs, in turn, in one go; each figure is the median of the guest's own clock over the
repeats, and the ratios say how many times as long the others take. The last table is the speed of one vCPU on `mix`, in
millions of guest instructions a second: the instructions are counted by Roost, and are the same on QEMU.
Figures mean something only on a host that does nothing else meanwhile: the load is printed with them.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "differential"))
import engines  # noqa: E402

# Long enough that starting up does not count, short enough for the slowest engine.
CONTENDED = [
    ("lock_fight", "kind=ticket rounds=300"),
    ("lock_fight", "kind=tas rounds=20000"),
    ("barrier_storm", "kind=spin rounds=200"),
    ("barrier_storm", "kind=halt rounds=2000"),
    ("ping_pong", "rounds=2000"),
    ("producer_consumer", "items=5000"),
    ("fork_join", "rounds=500 numbers=4096"),
    ("spin", "rounds=1000"),
]
SINGLE = ("mix", "rounds=20000")


def interleaved(compared, elf, harts, args, options):
    """Engine name -> what each repeat measured. The order turns, so that no engine always follows the same one."""
    measured = {engine.name: [] for engine in compared}
    name = Path(elf).stem
    for repeat in range(options.repeats):
        turn = repeat % len(compared)
        for engine in compared[turn:] + compared[:turn]:
            outcome = engines.run(engine, elf, harts, args, prefix=("taskset", "-c", options.cpus))
            if outcome.exit_code == 124:
                measured[engine.name].append({"time_us": engine.timeout * 1e6})
                continue
            if outcome.exit_code != 0 or not (outcome.result(name) or "").endswith(" ok"):
                sys.exit(f"{name} with {harts} vCPUs, args '{args}', failed on {engine.name}:\n{outcome.output}")
            measured[engine.name].append(outcome.timings)
    return measured


def median(measured, engine, value):
    return statistics.median(timings[value] for timings in measured[engine.name])


def spread(measured, engine, value):
    """The range of the repeats, as a percentage of their median."""
    values = [timings[value] for timings in measured[engine.name]]
    return 100 * (max(values) - min(values)) / max(statistics.median(values), 1)


def print_row(cells, widths):
    first, *others = cells
    padded = [first.ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(others, widths[1:])]
    print("| " + " | ".join(padded) + " |")


def print_contended(compared, options):
    ours, *rivals = compared
    widths = [42, 5] + [18] * len(compared) + [14] * len(rivals)
    print(f"\nTime of the guest's work, ms: median of {options.repeats} (range in % of it), host CPUs {options.cpus}\n")
    print_row(["guest", "vCPUs"] + [e.name for e in compared] + [f"{e.name} / ours" for e in rivals], widths)
    print("|" + "|".join("-" * (w + 2) for w in widths) + "|")
    for name, args in CONTENDED:
        if options.only not in (None, name):
            continue
        for harts in options.vcpus.split(","):
            measured = interleaved(compared, str(options.guests / f"{name}.elf"), int(harts), args, options)
            medians = [median(measured, engine, "time_us") for engine in compared]
            cells = [f"{m / 1000:.1f} ({spread(measured, e, 'time_us'):.0f}%)" for m, e in zip(medians, compared)]
            ratios = [f"{m / max(medians[0], 1):.2f}" for m in medians[1:]]
            print_row([f"{name} {args}", harts] + cells + ratios, widths)
            sys.stdout.flush()


def print_single(ours, rivals, options):
    compared = [ours, *rivals]
    name, args = SINGLE
    measured = interleaved(compared, str(options.guests / f"{name}.elf"), 1, args, options)
    instructions = median(measured, ours, "minstret")
    print(f"\nOne vCPU, {name} {args}: {instructions / 1e6:.1f} million instructions, median of {options.repeats}\n")
    widths = [18, 12, 10, 14]
    print_row(["engine", "ms", "MIPS", "speed to ours"], widths)
    print("|" + "|".join("-" * (w + 2) for w in widths) + "|")
    base = median(measured, ours, "work_us")
    for engine in compared:
        time_us = median(measured, engine, "work_us")
        mips = instructions / time_us
        print_row([engine.name, f"{time_us / 1000:.1f}", f"{mips:.0f}", f"{base / time_us:.2f}"], widths)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--roost", default=str(ROOT / "build/release/bin/roost"))
    parser.add_argument("--guests", type=Path, default=ROOT / "build/release/guest")
    parser.add_argument("--cpus", default="0,1", help="the host CPUs that all engines share")
    parser.add_argument("--vcpus", default="4,8")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", help="one guest")
    options = parser.parse_args()

    pcpus = str(len(options.cpus.split(",")))
    ours = engines.roost(options.roost, "--pcpus", pcpus, name="Roost")._replace(timeout=60)
    host = engines.roost(options.roost, "--pcpus", pcpus, "--policy", "host", name="host threads")._replace(timeout=60)
    qemu = engines.qemu()._replace(timeout=60)
    print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} CPUs")
    if options.only in (None, SINGLE[0]):
        print_single(ours, [qemu], options)
    if options.only != SINGLE[0]:
        print_contended([ours, host, qemu], options)
    print(f"\nload after: {os.getloadavg()[0]:.2f}")


if __name__ == "__main__":
    main()
