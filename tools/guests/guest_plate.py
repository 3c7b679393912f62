"""The comment at the top of a guest program, as values: the one place where its parameters are described.

    // lock_fight: all harts fight for one spinlock around a shared counter, which must come out exact.
    //   kind    ticket | tas    first come first served, or test-and-set   [ticket]
"""

import re
from pathlib import Path
from typing import NamedTuple


class Parameter(NamedTuple):
    name: str
    values: str  # "1..1000" or "ticket | tas"
    meaning: str
    default: str

    def bounds(self):
        """(least, most), or None for a parameter that is a choice of words."""
        match = re.fullmatch(r"(\d+)\.\.(\d+)", self.values)
        return (int(match[1]), int(match[2])) if match else None


class Plate(NamedTuple):
    name: str
    summary: str
    parameters: list


def read_plate(source):
    source = Path(source)
    lines = source.read_text().splitlines()
    first = re.fullmatch(r"// (\w+): (.+\.)", lines[0])
    if not first or first[1] != source.stem:
        raise SystemExit(f"{source}: its first line is not '// {source.stem}: what it does.'")
    parameters = []
    for line in lines[1:]:
        if not line.startswith("//"):
            break
        match = re.fullmatch(r"//   (\w+) {2,}(\S.*?) {2,}(\S.*?) +\[(.+)\]", line)
        if not match:
            raise SystemExit(f"{source}: '{line}' is not '//   name  values  meaning  [default]'")
        parameters.append(Parameter(*match.groups()))
    return Plate(first[1], first[2], parameters)
