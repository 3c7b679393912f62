"""One toy guest on QEMU and on Roost, under its own scheduler and under Linux's: the same result line and exit code.

    guests.py SOURCE.cpp GUEST.elf [--roost build/release/bin/roost] [--harts 1,2,4] [--args "rounds=10"]

Without --args it goes through the parameters that the comment at the top of SOURCE.cpp describes: the defaults, written
out, must change nothing; every word of a choice is run; and what lies out of range is refused with exit code 2.
Without --roost QEMU alone is held to what the guest promises.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "guests"))
import engines  # noqa: E402
from guest_plate import read_plate  # noqa: E402

GOOD, BAD_ARGUMENTS = 0, 2


# QEMU 7.2 knows no Zawrs: where a hart there had to wait, the wait would be an illegal instruction.
NOT_ON_QEMU = ("kind=wrs",)


class Case:
    def __init__(self, args, exit_code=GOOD, same_as_default=False):
        self.args = args
        self.exit_code = exit_code
        self.same_as_default = same_as_default


def good_cases(plate):
    written_out = " ".join(f"{p.name}={p.default}" for p in plate.parameters)
    yield Case("")
    if written_out:
        yield Case(written_out, same_as_default=True)
    for parameter in plate.parameters:
        if parameter.bounds() is None:
            words = parameter.values.split(" | ")
            yield from (Case(f"{parameter.name}={word}") for word in words if word != parameter.default)


def bad_cases(plate):
    yield Case("nonsense", BAD_ARGUMENTS)
    yield Case("nonsense=1", BAD_ARGUMENTS)
    for parameter in plate.parameters:
        yield Case(f"{parameter.name}=nonsense", BAD_ARGUMENTS)
        bounds = parameter.bounds()
        if bounds is not None:
            yield Case(f"{parameter.name}={bounds[1] + 1}", BAD_ARGUMENTS)
            if bounds[0] > 0:
                yield Case(f"{parameter.name}={bounds[0] - 1}", BAD_ARGUMENTS)


class Comparison:
    def __init__(self, plate, elf, engines_):
        self.plate = plate
        self.elf = elf
        self.engines = engines_
        self.differences = 0
        self.default_lines = {}  # harts -> result line

    def compare(self, case, harts):
        reference = None
        for engine in self.engines:
            if engine.name == "QEMU" and case.args in NOT_ON_QEMU:
                continue
            outcome = engines.run(engine, self.elf, harts, case.args)
            wrong = self.what_is_wrong(case, harts, outcome)
            if not wrong and reference is not None and self.answer(outcome) != reference:
                wrong = f"the answer is not {self.engines[0].name}'s: {reference}"
            if reference is None:
                reference = self.answer(outcome)
            if wrong:
                self.differences += 1
                print(f"{self.plate.name} on {engine.name}, {harts} harts, args '{case.args}': {wrong}\n"
                      f"---- it wrote\n{outcome.output}----")
        if reference is not None:
            print(f"harts={harts} args='{case.args}': {reference}")

    def answer(self, outcome):
        """What must be the same everywhere: the result line, or the sentence of a refusal."""
        if outcome.exit_code != BAD_ARGUMENTS:
            return outcome.result(self.plate.name)
        return next((line for line in outcome.lines if is_refusal(line)), None)

    def what_is_wrong(self, case, harts, outcome):
        if outcome.exit_code != case.exit_code:
            return f"exit code {outcome.exit_code}, not {case.exit_code}"
        if self.answer(outcome) is None:
            return "there is no result line"
        if case.exit_code == GOOD and not self.answer(outcome).endswith(" ok"):
            return "the result line does not end in ok"
        if case.args == "":
            self.default_lines[harts] = self.answer(outcome)
        elif case.same_as_default and self.answer(outcome) != self.default_lines[harts]:
            return f"the documented defaults, written out, differ from none: {self.default_lines[harts]}"
        return None


def is_refusal(line):
    return any(words in line for words in ("give ", "is not of the form", "has no parameter"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("elf")
    parser.add_argument("--roost", help="the roost command")
    parser.add_argument("--pcpus", default="2")
    parser.add_argument("--harts", default="1,2,4")
    parser.add_argument("--args", help="only these")
    options = parser.parse_args()

    compared = [engines.qemu()]
    if options.roost:
        compared.append(engines.roost(options.roost, "--pcpus", options.pcpus))
        compared.append(engines.roost(options.roost, "--pcpus", options.pcpus, "--policy", "host", name="host threads"))
    plate = read_plate(options.source)
    comparison = Comparison(plate, options.elf, compared)
    hart_counts = [int(harts) for harts in options.harts.split(",")]
    for harts in hart_counts:
        for case in [Case(options.args)] if options.args else good_cases(plate):
            comparison.compare(case, harts)
    if not options.args:
        for case in bad_cases(plate):
            comparison.compare(case, hart_counts[-1])
    return 1 if comparison.differences else 0


if __name__ == "__main__":
    sys.exit(main())
