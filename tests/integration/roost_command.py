#!/usr/bin/env python3
"""The roost command as its users see it: output, exit codes, signals, input, files. roost_command.py ROOST ECHO.elf"""
import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
import termios
import unittest

ROOST, ECHO = sys.argv[1:3]
ENDLESS = ["spin", "--args", "rounds=100000000"]
LONG = 300  # seconds; a sanitizer build on a busy machine is slow


def roost(*arguments, **how):
    return subprocess.run([ROOST, *arguments], capture_output=True, text=True, timeout=LONG, check=False,
                          stdin=how.pop("stdin", subprocess.DEVNULL), **how)


def started(*arguments, **how):
    return subprocess.Popen([ROOST, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)


def running(process):
    """Waits until the echo guest of `process` has started."""
    assert process.stdout.read(1) == ">"


class Run(unittest.TestCase):
    def test_console_on_standard_output_and_the_report_on_standard_error(self):
        done = roost("run", "lock_fight", "--vcpus", "4", "--pcpus", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("lock_fight: harts=4 "), done.stdout)
        self.assertIn("lock_fight/3", done.stderr)
        self.assertIn("4 vCPUs of 1 VM shared 2 pCPUs", done.stderr)
        self.assertIn("Sums, to the nanosecond", done.stderr)

    def test_quiet_leaves_standard_error_empty(self):
        self.assertEqual(roost("run", "hello", "-q").stderr, "")

    def test_several_machines_have_their_names_before_each_line(self):
        done = roost("run", "--vm", "a=lock_fight,vcpus=4,weight=200", "--vm", "spin,vcpus=2", "--pcpus", "2", "-q")
        self.assertEqual(done.returncode, 0, done.stderr)
        starts = {line.split(" ")[0] for line in done.stdout.splitlines()}
        self.assertEqual(starts, {"[a]", "[spin]"})

    def test_console_off_and_to_a_file(self):
        self.assertEqual(roost("run", "hello", "--console", "off").stdout, "")
        with tempfile.TemporaryDirectory() as folder:
            done = roost("run", "hello", "--console", f"file:{folder}/console")
            self.assertEqual(done.stdout, "")
            with open(f"{folder}/console", encoding="utf-8") as console:
                self.assertTrue(console.read().startswith("hello: "))

    def test_the_exit_code_is_the_guests(self):
        self.assertEqual(roost("run", ECHO, input="7", stdin=None).returncode, 7)
        done = roost("run", "hello", "--args", "no_such=1", "-q")
        self.assertEqual(done.returncode, 2, "a toy guest refuses what it does not know, with code 2")
        done = roost("run", "--vm", "a=hello", "--vm", "b=hello,args=no_such=1", "-q")
        self.assertEqual(done.returncode, 2, "of several the first that is not 0")

    def test_more_pcpus_than_the_host_has_are_allowed_and_said(self):
        many = os.cpu_count() + 1
        done = roost("run", "hello", "--vcpus", "4", "--pcpus", str(many))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"note: {many} pCPUs take turns on ", done.stderr)

    def test_a_described_topology_gives_the_distances(self):
        done = roost("run", "fork_join", "--vcpus", "4", "--topology", "node:2 core:1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("note: places are as described", done.stderr)
        self.assertIn("node 1", done.stderr)

    def test_every_guest_runs_under_the_hosts_scheduler_too(self):
        done = roost("run", "barrier_storm", "--vcpus", "4", "--pcpus", "2", "--policy", "host")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("under host", done.stderr)

    def test_eight_machines_of_eight_harts_on_two_pcpus_lose_no_wakeup(self):
        guests = ["ping_pong", "barrier_storm", "producer_consumer", "timer_storm"] * 2
        vms = [word for i, guest in enumerate(guests) for word in ("--vm", f"vm{i}={guest},vcpus=8,memory=16M")]
        done = roost("run", *vms, "--pcpus", "2", "-q")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(len([line for line in done.stdout.splitlines() if line.endswith(" ok")]), 8, done.stdout)


class EmptyValues(unittest.TestCase):
    def test_an_option_without_a_value_is_refused(self):
        for option in ("--world", "--trace-window", "--trace-cpus", "--policy", "--runqueue", "--distances",
                       "--topology", "--pcpus", "--seed", "--json", "--trace", "--time-limit", "--console", "--vm",
                       "--ties", "--quantum", "--cost", "--repetitions", "--plugin"):
            done = roost("run", "hello", option, "")
            self.assertEqual(done.returncode, 2, option)
            self.assertIn(f"{option}: a value is expected, not ''", done.stderr)
        self.assertEqual(roost("run", "hello", "--world", "sim:").returncode, 2)
        self.assertEqual(roost("run", "hello", "--args", "").returncode, 0, "a guest may have no parameters")
        for words in (("timehist", "x", "--time", ""), ("topology", "--distances", ""), ("check", "")):
            self.assertEqual(roost(*words).returncode, 2, words)


class Endings(unittest.TestCase):
    def test_the_time_limit_ends_with_124_and_a_report(self):
        done = roost("run", *ENDLESS, "--vcpus", "4", "--pcpus", "2", "--time-limit", "100ms")
        self.assertEqual(done.returncode, 124)
        self.assertIn("cut off at the time limit", done.stderr)

    def test_the_time_limit_of_a_scenario_is_its_normal_end(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/short.toml", "w", encoding="utf-8") as file:
                file.write('[run]\ntime_limit = "1ms"\n[host]\ntopology = "core:2"\n'
                           '[[vm]]\nname = "a"\nscript = "s"\n[script.s]\nphases = [{ run = "10s" }]\n')
            for more in ([], ["--time-limit", "500us"]):
                done = roost("run", folder + "/short.toml", *more)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("cut off at the time limit", done.stderr)

    def test_control_c_ends_with_130_and_a_report(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = started("run", ECHO, stdin=subprocess.PIPE)
            running(process)
            process.send_signal(number)
            _, report = process.communicate(timeout=LONG)
            self.assertEqual(process.returncode, 128 + number)
            self.assertIn(", interrupted", report)

    def test_control_c_twice_ends_at_once_while_the_run_still_ends(self):
        process = started("run", ECHO, stdin=subprocess.PIPE)
        running(process)
        # More than fits into both pipes: what it has echoed is on its way out, and nobody reads it, so that the run
        # which the first signal ends cannot come to its end.
        process.stdin.write("a" * 400_000)
        process.stdin.flush()
        process.send_signal(signal.SIGTERM)  # of one kind, two that are not yet taken would be one
        process.send_signal(signal.SIGINT)
        self.assertIn(process.wait(LONG), (-signal.SIGINT, -signal.SIGTERM))
        self.assertEqual(process.stderr.read(), "", "no report any more")
        process.stdin.close()

    def test_control_c_twice_ends_at_once_after_the_report(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkfifo(f"{folder}/json")  # that nobody reads: writing it, the run stands still
            process = started("run", ECHO, "--json", f"{folder}/json", stdin=subprocess.PIPE)
            running(process)
            process.send_signal(signal.SIGINT)
            self.assertTrue(any(", interrupted" in line for line in process.stderr))
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(LONG), -signal.SIGINT)
            process.stdin.close()

    def test_a_closed_output_is_no_crash(self):
        process = started("run", ECHO, "-q", stdin=subprocess.PIPE)
        running(process)
        process.stdout.close()
        process.stdin.write("lost" * 1000 + "q")
        process.stdin.close()
        self.assertEqual(process.wait(LONG), 0)

    def test_a_report_that_nobody_reads_is_no_crash(self):
        process = started("run", ECHO, stdin=subprocess.PIPE)
        running(process)
        process.stderr.close()
        process.stdin.write("q")
        process.stdin.close()
        self.assertEqual(process.wait(LONG), 0)

    def test_closed_standard_files_are_no_crash(self):
        command = f'"{ROOST}" run hello <&- >&- 2>&-'
        self.assertEqual(subprocess.run(command, shell=True, timeout=LONG, check=False).returncode, 0)


class Input(unittest.TestCase):
    def test_a_pipe_a_file_and_nothing(self):
        text = "".join(chr(ord("a") + i % 16) for i in range(20000))
        self.assertEqual(roost("run", ECHO, "-q", input=text + "q", stdin=None).stdout, ">" + text + "q")
        with tempfile.TemporaryFile("w+") as file:
            file.write(text + "q")
            file.seek(0)
            self.assertEqual(roost("run", ECHO, "-q", stdin=file).stdout, ">" + text + "q")
        self.assertEqual(roost("run", "hello", "-q", stdin=subprocess.DEVNULL).returncode, 0)

    def test_a_terminal_is_quiet_during_the_run_and_as_before_after_it(self):
        ours, theirs = pty.openpty()
        before = termios.tcgetattr(theirs)

        def take_terminal():
            os.setsid()
            os.close(os.open(os.ttyname(theirs), os.O_RDWR))  # it becomes the controlling terminal

        process = subprocess.Popen([ROOST, "run", ECHO, "-q"], stdin=theirs, stdout=theirs, stderr=theirs,
                                   preexec_fn=take_terminal)
        self.assertEqual(os.read(ours, 1), b">")
        self.assertFalse(termios.tcgetattr(theirs)[3] & (termios.ECHO | termios.ICANON))
        os.write(ours, b"a")
        self.assertEqual(os.read(ours, 1), b"a", "the guest's echo, at once")
        os.write(ours, b"\x03")
        self.assertEqual(process.wait(LONG), 130)
        self.assertEqual(termios.tcgetattr(theirs), before)
        os.close(ours)
        os.close(theirs)


class Files(unittest.TestCase):
    def test_json_adds_up_to_the_nanosecond(self):
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/run.json"
            done = roost("run", "fork_join", "--vcpus", "4", "--pcpus", "2", "--json", path)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(path, encoding="utf-8") as file:
                run = json.load(file)
        self.assertEqual(run["schema"], "roost.run/3")
        self.assertEqual([vm["exit_code"] for vm in run["vms"]], [0])
        self.assertEqual(len(run["vcpus"]), 4)
        for vcpu in run["vcpus"]:
            self.assertEqual(vcpu["run_ns"] + vcpu["wait_ns"] + vcpu["halted_ns"], vcpu["lifetime_ns"])
            self.assertLessEqual(vcpu["steal_ns"], vcpu["wait_ns"])
            self.assertEqual(sum(ns for _, ns in vcpu["run_on"]) + vcpu["run_elsewhere_ns"], vcpu["run_ns"])
        for pcpu in run["pcpus"]:
            self.assertEqual(pcpu["busy_ns"] + pcpu["idle_ns"] + pcpu["overhead_ns"], run["wall_ns"])

    def test_traces_of_both_formats(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("run.pftrace", "run.json"):
                done = roost("run", "fork_join", "--vcpus", "4", "--pcpus", "2", "--trace", f"{folder}/{name}")
                self.assertEqual(done.returncode, 0, done.stderr)
            with open(folder + "/run.json", encoding="utf-8") as file:
                names = {event["name"] for event in json.load(file)["traceEvents"]}
            self.assertLessEqual({f"fork_join/{hart}" for hart in range(4)}, names)
            with open(folder + "/run.pftrace", "rb") as file:
                decoded = subprocess.run(["protoc", "--decode_raw"], stdin=file, capture_output=True, check=False)
            self.assertEqual(decoded.returncode, 0)
            self.assertIn(b"fork_join/3", decoded.stdout)

    def test_a_file_that_cannot_be_written_is_a_sentence(self):
        done = roost("run", "hello", "-q", "--json", "/no/such/folder/run.json")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1))
        self.assertIn("--json /no/such/folder/run.json cannot be written", done.stderr)
        self.assertEqual(done.stdout, "", "told before the run")


class Refusals(unittest.TestCase):
    """Bad usage and bad input: 2, and one sentence that names what was wrong."""

    def refused(self, *arguments):
        done = roost(*arguments)
        self.assertEqual(done.returncode, 2, arguments)
        self.assertEqual(done.stdout, "")
        self.assertTrue(done.stderr.startswith("roost: "), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def test_usage(self):
        self.refused()
        self.assertIn("nothing to run", self.refused("run"))
        self.assertIn("'roost run' takes no '--no-such-option'; see", self.refused("run", "hello", "--no-such-option"))
        self.assertIn("did you mean '--policy'?", self.refused("run", "hello", "--polcy", "cfs"))
        self.assertIn("'roost' takes no 'fly'; see 'roost --help'", self.refused("fly"))
        self.assertIn("did you mean 'policies'?", self.refused("polices"))
        self.assertIn("did you mean 'show'?", self.refused("policies", "sho", "cfs"))

    def test_names(self):
        self.assertIn("there is no row 'mm9'; did you mean 'mm1'", self.refused("verify", "mm9"))
        self.assertIn("did you mean 'llc'?", self.refused("run", "hello", "--runqueue", "l3"))
        self.assertIn("did you mean 'node'?", self.refused("run", "hello", "--runqueue", "NUMA"))
        self.assertIn("'host' is Linux's own", self.refused("run", "hello", "--policy", "host,place=pack"))
        self.assertIn("'host' is Linux's own", self.refused("policies", "check", "host"))
        for name, what in (("cfs,latency=3ms", "show takes a name alone: roost policies show cfs"),
                           ("cfs.latency", "show takes a name alone: roost policies show cfs"),
                           ("latency", "it is a constant of 'cfs' and 'weighted_fair'"),
                           ("rr", "did you mean 'round_robin'?"),
                           ("xyzzy", "'roost policies' lists what there is")):
            self.assertIn(what, self.refused("policies", "show", name))

    def test_values(self):
        for option, value in (("--vcpus", "0"), ("--vcpus", "99999"), ("--memory", "12"), ("--memory", "1X"),
                              ("--memory", "4K"), ("--memory", "9999999T"), ("--weight", "0"), ("--pcpus", "0"),
                              ("--pcpus", "4000-4001"), ("--topology", "node:x"), ("--policy", "no_such_policy"),
                              ("--time-limit", "soon"), ("--time-limit", "0s"), ("--seed", "-1"),
                              ("--console", "loud"), ("--console", "file:/no/such/folder/x")):
            sentence = self.refused("run", "hello", f"{option}={value}")
            self.assertRegex(sentence, f"{option}|{option[2:]}|node:x", "it names what was wrong")

    def test_guests_and_files(self):
        self.assertIn("did you mean 'lock_fight'?", self.refused("run", "lock_figt"))
        self.refused("run", "./no_such_file.elf")
        self.refused("run", "/")
        with tempfile.NamedTemporaryFile(suffix=".elf") as file:
            self.assertIn("empty", self.refused("run", file.name))
            file.write(b"\x7fELF and no more")
            file.flush()
            self.refused("run", file.name)

    def test_machines(self):
        self.assertIn("two VMs are named 'a'", self.refused("run", "--vm", "a=hello", "--vm", "a=spin"))
        self.assertIn("affinity names pCPU 9", self.refused("run", "--vm", "a=hello,affinity=9", "--pcpus", "1"))
        self.assertIn("'colour' is not known", self.refused("run", "--vm", "a=hello,colour=red"))


class Lists(unittest.TestCase):
    def test_guests(self):
        self.assertIn("lock_fight", roost("guests").stdout)
        self.assertIn("rounds", roost("guests", "show", "lock_fight").stdout)
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/hello.elf"
            self.assertEqual(roost("guests", "extract", "hello", path).returncode, 0)
            done = roost("run", path, "--vcpus", "2", "-q")
            self.assertTrue(done.stdout.startswith("hello: harts=2"), done.stdout + done.stderr)

    def test_policies(self):
        self.assertIn("(default)", roost("policies").stdout)
        self.assertIn("discipline", roost("policies", "show", "roost").stdout)
        shown = roost("policies", "show", "xen-credit2").stdout
        for part in ("runqueue: node", "average_over=1073741824ns", "window: 1024ms on 32 pCPUs", "Deviations:"):
            self.assertIn(part, shown)
        self.assertIn("on 4 pCPUs", roost("policies", "show", "roost", "--topology", "core:4").stdout)

    def test_topology(self):
        self.assertIn("pCPU 0 (host CPU ", roost("topology").stdout)
        described = json.loads(roost("topology", "node:2 core:2", "--json").stdout)
        self.assertEqual([pcpu["node"] for pcpu in described["pcpus"]], [0, 0, 1, 1])

    def test_verify(self):
        self.assertIn("Waldspurger", roost("verify", "--list").stdout)
        with tempfile.TemporaryDirectory() as folder:
            done = roost("verify", "steal", "caps", "--json", f"{folder}/rows")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("2 of 2 hold", done.stdout)
            with open(f"{folder}/rows", encoding="utf-8") as rows:
                told = json.load(rows)
            self.assertEqual([row["name"] for row in told["rows"]], ["steal", "caps"])
            self.assertEqual(len(told["rows"][0]["figures"]), 3)
            self.assertTrue(all(row["holds"] for row in told["rows"]))

    def test_help_and_version(self):
        self.assertRegex(roost("--version").stdout, r"^roost \d+\.\d+\.\d+\n$")
        for arguments in (["--help"], ["run", "--help"], ["guests", "--help"]):
            done = roost(*arguments)
            self.assertEqual(done.returncode, 0)
            self.assertIn("roost", done.stdout)
        for command in ("run", "policies", "topology", "costs", "guests", "verify"):
            self.assertIn(f"Examples:\n  roost {command}", roost(command, "--help").stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
