#!/usr/bin/env python3
"""One scenario and seed is one trace, byte for byte: from GCC's optimised build and from clang's without optimisation.

same_bytes.py build SOURCE    builds the second one, in SOURCE/build/clang-debug
same_bytes.py compare SOURCE ROOST
"""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unittest

SOURCE = sys.argv[2]
OTHER = f"{SOURCE}/build/clang-debug"
SCENARIOS = ["mixed_run_sleep", "lock_block", "lock_spin", "numa_walkers", "smt_packing", "fork_storm", "bursts",
             "replayed_arrivals", "reservations"]
GUESTS = [["ping_pong", "--vcpus", "4", "--args", "rounds=50", "--world", "sim:node:2 core:2"],
          ["lock_fight", "--vcpus", "6", "--args", "rounds=50", "--world", "sim:core:2 pu:2"],
          ["float_mix", "--vcpus", "2", "--world", "sim:core:2"]]


def build():
    subprocess.run(["cmake", "--preset", "clang-debug"], cwd=SOURCE, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", OTHER, "--target", "roost", "-j", str(os.cpu_count())], check=True)


def outcome(roost, arguments):
    """The digest of a run's trace, and its JSON report."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([roost, "run", *arguments, "--trace", f"{folder}/trace", "--json", f"{folder}/json"],
                              capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode in (0, 124), done.stderr
        with open(f"{folder}/trace", "rb") as trace, open(f"{folder}/json", encoding="utf-8") as report:
            data = trace.read()
            return len(data), hashlib.sha256(data).hexdigest(), json.load(report)


class SameBytes(unittest.TestCase):
    maxDiff = 2000

    def check(self, arguments):
        with self.subTest(arguments=" ".join(arguments)):
            size, digest, report = outcome(ROOST, arguments)
            self.assertGreater(size, 500)
            other_size, other_digest, other_report = outcome(f"{OTHER}/bin/roost", arguments)
            self.assertEqual((size, digest), (other_size, other_digest))
            self.assertEqual(report, other_report)

    def test_scenarios(self):
        for name in SCENARIOS:
            self.check([f"{SOURCE}/tools/scenarios/{name}.toml", "--time-limit", "500ms"])

    def test_another_seed_is_another_trace(self):
        seeds = [outcome(ROOST, [f"{SOURCE}/tools/scenarios/mixed_run_sleep.toml", "--time-limit", "50ms",
                                 "--seed", str(seed)])[1] for seed in (1, 2, 1)]
        self.assertEqual(seeds[0], seeds[2])
        self.assertNotEqual(seeds[0], seeds[1])

    def test_guests(self):
        for arguments in GUESTS:
            self.check(arguments)


if __name__ == "__main__":
    if sys.argv[1] == "build":
        build()
    else:
        ROOST = sys.argv[3]
        unittest.main(argv=sys.argv[:1], verbosity=2)
