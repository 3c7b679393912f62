"""The toy guests and their parameters as the table in guest/README.md, from the comments at the top of the programs.

    guest_table.py guest/README.md PROGRAM.cpp...           fails when the README's table is another one
    guest_table.py --write guest/README.md PROGRAM.cpp...   puts it there
"""

import argparse
import re
import sys
from pathlib import Path

from guest_plate import read_plate

BEGIN, END = "<!-- guests: begin -->\n", "<!-- guests: end -->\n"


def table(plates):
    rows = ["| guest | parameter | values | default | meaning |", "|---|---|---|---|---|"]
    for plate in plates:
        rows.append(f"| **{plate.name}** | | | | {plate.summary} |")
        for p in plate.parameters:
            values = p.values.replace(" | ", ", ").replace("..", " to ")
            rows.append(f"| | `{p.name}` | {values} | {p.default} | {p.meaning} |")
    return "\n".join(rows) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readme", type=Path)
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()

    wanted = BEGIN + table(read_plate(program) for program in sorted(options.programs)) + END
    text = options.readme.read_text()
    present = re.search(re.escape(BEGIN) + ".*" + re.escape(END), text, re.DOTALL)
    if present is None:
        sys.exit(f"{options.readme}: the lines {BEGIN.strip()} and {END.strip()} are not there")
    if options.write:
        options.readme.write_text(text.replace(present[0], wanted))
    elif present[0] != wanted:
        sys.exit(f"{options.readme}: its table is not what the programs say; run {Path(__file__).name} with --write")


if __name__ == "__main__":
    main()
