"""Runs a toy guest on QEMU or on Roost, and says what came of it as plain values."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple


class Outcome(NamedTuple):
    exit_code: int  # the guest's; negative: the engine died of that signal
    lines: tuple    # what the guest wrote on its console, timings ("# ...") left out
    timings: dict   # {"time_us": 1234, ...} from the "# name=value ..." lines
    output: str     # everything that the engine wrote, for a person to read

    def result(self, name):
        """The line that starts with "name: "; None when the guest did not get so far."""
        return next((line for line in self.lines if line.startswith(name + ": ")), None)


class Engine(NamedTuple):
    name: str
    command: object  # (elf, harts, args) -> list of words
    timeout: float = 120.0


def qemu():
    program = shutil.which("qemu-system-riscv64")
    if program is None:
        raise SystemExit("qemu-system-riscv64 is not there; install Debian's package qemu-system-misc")
    return Engine("QEMU", lambda elf, harts, args: [
        program, "-machine", "virt", "-bios", "none", "-nographic", "-smp", str(harts), "-m", "128M",
        "-kernel", elf, "-append", args])


def roost(program, *options, name="Roost"):
    """Runs the guest that is embedded under the name of the ELF file."""
    if not os.access(program, os.X_OK):
        raise SystemExit(f"{program} is not there; build the target roost")
    return Engine(name, lambda elf, harts, args: [
        program, "run", Path(elf).stem, "--vcpus", str(harts), "--args", args, *options])


def run(engine, elf, harts, args, prefix=()):
    """Never raises for what the guest does: a guest that does not end is an outcome too (exit code 124)."""
    words = [*prefix, *engine.command(elf, harts, args)]
    with tempfile.TemporaryFile() as written:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            exit_code = process.wait(engine.timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            exit_code = 124
        written.seek(0)
        output = written.read().decode(errors="replace").replace("\r", "")
    lines, timings = [], {}
    for line in output.split("\n"):
        if line.startswith("# "):
            pairs = (word.split("=", 1) for word in line[2:].split() if "=" in word)
            timings.update({name: int(value) for name, value in pairs if value.isdigit()})
        elif line:
            lines.append(line)
    return Outcome(exit_code, tuple(lines), timings, output)
