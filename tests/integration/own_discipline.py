#!/usr/bin/env python3
"""A discipline of a user's own, as sched/README.md tells it: installs Roost, builds the README's text out of the tree,
runs it.

own_discipline.py CMAKE BUILD_DIR SCHED_README CXX
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile


def run(*command, code=0, cwd=None):
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != code:
        told = f"{done.stdout}{done.stderr}"
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}, not {code}:\n{told}")
    return done.stdout + done.stderr


def block(text, language):
    found = re.findall(rf"```{language}\n(.*?)```", text, re.S)
    assert len(found) == 1, f"{language}: the README has {len(found)} of them"
    return found[0]


def refuses(roost, sentence, *arguments):
    told = run(roost, *arguments, code=2)
    assert sentence in told and told.count("\n") == 1, f"{arguments}: {told}"


def main(cmake, build, readme, cxx):
    text = pathlib.Path(readme).read_text(encoding="utf-8")
    source = block(text, "cpp")
    lines = source.strip().count("\n") + 1
    assert lines <= 70, f"the README promises about 60 lines, these are {lines}"
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        prefix, mine = home / "roost", home / "mine"
        mine.mkdir()
        run(cmake, "--install", build, "--prefix", prefix)
        (mine / "lifo.cpp").write_text(source, encoding="utf-8")
        (mine / "CMakeLists.txt").write_text(block(text, "cmake"), encoding="utf-8")
        run(cmake, "-G", "Ninja", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={cxx}",
            "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror", cwd=mine)
        run(cmake, "--build", "build", cwd=mine)
        roost, plugin = prefix / "bin" / "roost", mine / "build" / "lifo.so"
        scenario = prefix / "share" / "roost" / "scenarios" / "mixed_run_sleep.toml"

        result = home / "run.json"
        run(roost, "run", scenario, "--plugin", plugin, "--policy", "lifo,slice=1ms", "--quiet", "--json", result)
        assert '"lifo,slice=1ms"' in result.read_text(encoding="utf-8"), "the result names the policy"
        assert json.loads(result.read_text(encoding="utf-8")), "the result is JSON"
        told = run(roost, "run", "lock_fight", "--vcpus", "4", "--pcpus", "2", "--plugin", plugin, "--policy", "lifo")
        assert "under lifo" in told, told
        assert "whoever came last runs first" in run(roost, "policies", "--plugin", plugin)

        checked = (roost, "policies", "check", "lifo,slice=1ms", "--plugin", plugin)
        assert run(*checked).startswith("lifo,slice=1ms keeps its contract\n")
        (mine / "lifo.cpp").write_text(source.replace("request.now + slice_", "request.now"), encoding="utf-8")
        run(cmake, "--build", "build", cwd=mine)
        told = run(*checked, "--steps", "1000", code=1)
        broken = "discipline 'lifo' broke rule 7, 'a slice, or the time until 'nobody yet' is to be asked again, is "
        assert told.startswith(broken) and "the last 20 steps:" in told and "'--seed 1' walks there again" in told, told
        told = run(roost, "run", scenario, "--plugin", plugin, "--policy", "lifo", code=70)
        assert told.startswith(f"roost: {broken}") and "events:\n" in told, told
        told = run(roost, "run", "lock_fight", "--pcpus", "2", "--plugin", plugin, "--policy", "lifo", code=70)
        assert told.count("\n") == 1 and told.startswith(f"roost: {broken}"), told

        had = "const bool had_"
        for thrown, of in (('std::runtime_error("enough")', "enough"), ("7", "no std::exception")):
            thrower = source.replace(had, f"if (index(vcpu) == 1) throw {thrown};\n    {had}")
            (mine / "lifo.cpp").write_text("#include <stdexcept>\n" + thrower, encoding="utf-8")
            run(cmake, "--build", "build", cwd=mine)
            told = run(*checked, "--steps", "1000", code=1)
            assert told.startswith("the discipline threw") and of in told and "the last 20 steps:" in told, told
            for what in ((scenario,), ("lock_fight", "--vcpus", "2", "--pcpus", "2")):
                told = run(roost, "run", *what, "--plugin", plugin, "--policy", "lifo", code=70)
                assert told.count("\n") == 1 and f"an exception ended this ({of})" in told, told

        refuses(roost, "did you mean 'lifo'?", "policies", "check", "lifi", "--plugin", plugin)
        refuses(roost, "--steps '0' is not a number", "policies", "check", "lifo", "--plugin", plugin, "--steps", "0")
        refuses(roost, "did you mean 'lifo'?", "run", scenario, "--plugin", plugin, "--policy", "lifi")
        refuses(roost, "there is no such file", "run", scenario, "--plugin", home / "none.so", "--policy", "lifo")
        refuses(roost, "no shared library", "run", scenario, "--plugin", mine / "lifo.cpp", "--policy", "lifo")
        refuses(roost, "is a discipline 'lifo' already", "run", scenario, "--plugin", plugin, "--plugin", plugin)


if __name__ == "__main__":
    main(*sys.argv[1:])
