#!/usr/bin/env python3
"""tidy: the house rules, checked. `tidy.py RULE [--root DIR] [...]`; RULE is one of layers, words, sizes, plates, dead,
headers, symbols, globals. Every finding is one line: file:line: rule: what is wrong; what to do instead.

An exception is written where it holds, with its reason:   // tidy: RULE: why   on the line, or in the lines just above.
"""
import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cxx  # noqa: E402
import house  # noqa: E402

ROOMS = ("sched", "vmm", "guest", "tools", "tests")
TEXT_SUFFIXES = {".hpp", ".cpp", ".py", ".md", ".txt", ".cmake", ".json", ".ld", ".S", ".proto", ".toml", ""}


class House:
    """The sources below one root."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.texts = {}
        tops = [self.root / top for top in ROOMS if (self.root / top).is_dir()]
        files = [p for top in tops for p in top.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
        files += [p for p in self.root.glob("*") if p.is_file() and not p.name.startswith(".")]
        for path in sorted(files):
            if path.suffix in TEXT_SUFFIXES:
                try:
                    self.texts[path.relative_to(self.root).as_posix()] = path.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    continue  # a program in tools/ or a binary sample: not a text

    def sources(self, *suffixes):
        wanted = suffixes or (".hpp", ".cpp")
        return {name: text for name, text in self.texts.items() if name.endswith(wanted)}


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def excepted(text, line, rule, reach=3):
    """Is there a `tidy: RULE: why` on `line` or on one of the `reach` lines above it?"""
    lines = text.split("\n")[max(0, line - 1 - reach):line]
    return any(re.search(rf"(//|#) tidy: {rule}: \w", other) for other in lines)


# ---- layers

def room_of(name):
    folder = name.rsplit("/", 1)[0]
    while folder:
        if folder in house.LAYERS:
            return folder
        folder = folder.rpartition("/")[0]
    return None


def reachable(room):
    seen, ahead = {room}, [room]
    while ahead:
        for below in house.LAYERS[ahead.pop()]:
            if below not in seen:
                seen.add(below)
                ahead.append(below)
    return seen


def layers(tree):
    for name, text in tree.sources().items():
        room = room_of(name)
        if room is None:
            yield f"{name}:1: layers: no room of this name in the house; add it to LAYERS in tests/tidy/house.py"
            continue
        allowed = reachable(room)
        code = cxx.code_of(text)
        for match in cxx.INCLUDE.finditer(code):
            line = line_of(code, match.end())
            target = room_of(match[1])
            if "/" not in match[1]:
                full = f"{name.rpartition('/')[0]}/{match[1]}"
                yield f'{name}:{line}: layers: "{match[1]}" is not a path from the root; write "{full}"'
            elif target is None:
                yield f'{name}:{line}: layers: "{match[1]}" lies in no room; include <...> what is outside the project'
            elif target not in allowed and not name.startswith("tests/"):
                below = ", ".join(house.LAYERS[room]) or "nothing"
                yield f"{name}:{line}: layers: {room} may not include {target}; it may include {below} and below"
            elif target.startswith("tests") and not name.startswith("tests/"):
                yield f"{name}:{line}: layers: nothing includes tests; move what is shared into a room"


# ---- words

def words(tree):
    for name, text in tree.sources().items():
        code = cxx.code_of(text)
        for folders, without, pattern, instead in house.WORDS:
            if not name.startswith(tuple(folders)) or name.startswith(tuple(without) or ("\0",)):
                continue
            for match in re.finditer(pattern, code, re.M):
                line = line_of(code, match.end())
                if not excepted(text, line, "words"):
                    yield f"{name}:{line}: words: '{match[0].strip()}'; instead: {instead}"
    for name, text in tree.texts.items():
        if name.startswith("tests/tidy/"):
            continue  # names the words in order to forbid them
        for pattern, instead in house.TEXT_WORDS:
            for match in re.finditer(pattern, text):
                yield f"{name}:{line_of(text, match.start())}: words: '{match[0]}'; instead: {instead}"


# ---- sizes

def sizes(tree):
    for name, text in tree.sources(".hpp", ".cpp", ".py", ".S").items():
        lines = text.rstrip("\n").split("\n")
        if len(lines) > house.FILE_LINES and not excepted(text, 30, "file-size", 30):
            yield f"{name}:{len(lines)}: file-size: more than {house.FILE_LINES} lines; two concepts? split it"
        for number, line in enumerate(lines, 1):
            if len(line) > house.LINE_LENGTH and not re.search(r"https?://", line):
                yield f"{name}:{number}: line-length: {len(line)} columns; break it (at most {house.LINE_LENGTH})"
    for name, text in tree.sources().items():
        for function in cxx.functions_of(text):
            at = f"{name}:{function.first_line}"
            if function.lines > house.FUNCTION_LINES and not excepted(text, function.first_line, "function-size"):
                yield (f"{at}: function-size: {function.name} has {function.lines} lines; "
                       f"cut it into verbs (at most {house.FUNCTION_LINES})")
            if function.parameters > house.PARAMETERS and not excepted(text, function.first_line, "parameters"):
                yield (f"{at}: parameters: {function.name} takes {function.parameters}; "
                       f"group them in a struct (at most {house.PARAMETERS})")


# ---- plates, dead files

def plates(tree):
    for name, text in tree.sources(".hpp").items():
        if not text.startswith("// The room:"):
            yield f"{name}:1: plates: no plate; begin with '// The room: ...' (house style 2)"
        if "#pragma once" not in text:
            yield f"{name}:1: plates: no include guard; add '#pragma once' below the plate"


def dead(tree):
    used = {}
    for name, text in tree.sources(".hpp", ".cpp", ".S").items():
        for target in cxx.INCLUDE.findall(cxx.code_of(text)):
            used.setdefault(target, set()).add(name)
    for name in tree.sources(".hpp"):
        own = name[:-len(".hpp")] + ".cpp"
        if excepted(tree.texts[name], 10, "dead", 10):
            continue
        if not used.get(name, set()) - {own}:
            yield f"{name}:1: dead: nobody includes it; use it or remove it"


# ---- headers compile alone

def with_includes(tree, name, seen):
    if name in seen or name not in tree.texts:
        return seen
    seen.add(name)
    for target in cxx.INCLUDE.findall(cxx.code_of(tree.texts[name])):
        with_includes(tree, target, seen)
    return seen


def compile_alone(tree, name, compilers, cache):
    """One header, compiled by itself; skipped where the same text, includes and compiler passed before."""
    command = compilers["guest" if name.startswith("guest/") else "host"] + ["-I", str(tree.root)]
    parts = [" ".join(command)] + [tree.texts[n] for n in sorted(with_includes(tree, name, set()))]
    stamp = cache / hashlib.sha256("\0".join(parts).encode()).hexdigest()
    if stamp.exists():
        return None
    run = subprocess.run(command + ["-fsyntax-only", "-include", str(tree.root / name), "-x", "c++", os.devnull],
                         capture_output=True, text=True, check=False)
    if run.returncode == 0:
        stamp.touch()
        return None
    first = next((line for line in run.stderr.split("\n") if "error" in line), run.stderr.strip())
    return f"{name}:1: headers: does not compile alone; include what it uses ({first.strip()})"


def first_includes(tree):
    """Headers that some source includes before anything else: the build itself compiles them alone."""
    firsts = (re.search(r"^\s*#\s*include\s*[<\"](.+)[>\"]", text, re.M) for text in tree.sources(".cpp").values())
    return {first[1] for first in firsts if first}


def headers(tree, arguments):
    compilers = {"host": [arguments.compiler] + arguments.flag, "guest": arguments.guest_compiler.split()}
    if arguments.guest_compiler == "none":
        compilers["guest"] = []
    cache = pathlib.Path(arguments.cache)
    cache.mkdir(parents=True, exist_ok=True)
    names = [n for n in set(tree.sources(".hpp")) - first_includes(tree)
             if compilers["guest"] or not n.startswith("guest/")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda name: compile_alone(tree, name, compilers, cache), names)
    return [finding for finding in results if finding]


# ---- what the built libraries reach for, and what they keep

def symbols(arguments):
    for library in arguments.libraries:
        out = subprocess.run(["nm", "-C", "-u", library], capture_output=True, text=True, check=True).stdout
        for name in sorted({m[1] for m in re.finditer(r"^\s+U (.+)$", out, re.M)}):
            if re.search(house.IMPURE_SYMBOLS, name):
                yield (f"{os.path.basename(library)}:0: symbols: needs {name}; "
                       "sched/ has no thread, clock, lock or I/O (law 1)")


def global_objects(arguments):
    for library in arguments.libraries:
        out = subprocess.run(["objdump", "-t", "-C", library], capture_output=True, text=True, check=True).stdout
        for match in re.finditer(r"^\w{16} (.{7}) (\.(?:t?bss|t?data)\S*)\s+\w+ +(.+)$", out, re.M):
            flags, section, name = match[1], match[2], match[3]
            if "O" in flags and not section.startswith(".data.rel.ro") and not re.search(house.WRITABLE_ALLOWED, name):
                yield (f"{os.path.basename(library)}:0: globals: {name} lives in {section}; "
                       "no mutable global, no lazy static (house style 5)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rule", choices=["layers", "words", "sizes", "plates", "dead", "headers", "symbols", "globals"])
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--compiler", default="g++", help="headers: the compiler")
    parser.add_argument("--flag", action="append", default=[], help="headers: a flag for it")
    parser.add_argument("--guest-compiler", default="none", help="headers: that of guest/, with its flags")
    parser.add_argument("--cache", default="build/tidy", help="headers: where passed headers are remembered")
    parser.add_argument("libraries", nargs="*", help="symbols, globals: the static libraries to look into")
    arguments = parser.parse_args()
    by_sources = {"layers": layers, "words": words, "sizes": sizes, "plates": plates, "dead": dead}
    if arguments.rule in by_sources:
        findings = list(by_sources[arguments.rule](House(arguments.root)))
    elif arguments.rule == "headers":
        findings = headers(House(arguments.root), arguments)
    else:
        findings = list({"symbols": symbols, "globals": global_objects}[arguments.rule](arguments))
    print("\n".join(findings) or f"{arguments.rule}: nothing to say")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
