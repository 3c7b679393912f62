#!/usr/bin/env python3
"""tidy itself, on small samples: every rule must find what it is there for, and nothing else."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cxx  # noqa: E402
import tidy  # noqa: E402

PLATE = "// The room: a sample.\n#pragma once\n"


def house_of(files):
    """A House of {path: text}."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tidy.House(folder)


def found(rule, files):
    return list(rule(house_of(files)))


class Layers(unittest.TestCase):
    def test_an_arrow_upward_is_found(self):
        findings = found(tidy.layers, {"sched/runqueue/a.hpp": '#include "sched/balance/balancer.hpp"\n'})
        self.assertEqual(len(findings), 1)
        self.assertIn("sched/runqueue/a.hpp:1: layers: sched/runqueue may not include sched/balance", findings[0])

    def test_arrows_downward_pass_over_several_floors(self):
        self.assertEqual(found(tidy.layers, {"vmm/machine/a.hpp": '#include "sched/vocabulary/ids.hpp"\n'}), [])

    def test_a_machine_does_not_know_the_scheduler(self):
        self.assertEqual(len(found(tidy.layers, {"vmm/machine/a.cpp": '#include "sched/policy/policy.hpp"\n'})), 1)

    def test_an_include_in_a_comment_does_not_count(self):
        self.assertEqual(found(tidy.layers, {"sched/trace/a.hpp": '// #include "vmm/host/a.hpp"\n'}), [])

    def test_nothing_includes_tests(self):
        self.assertEqual(len(found(tidy.layers, {"tools/cli/a.cpp": '#include "tests/kit/scene.hpp"\n'})), 1)

    def test_a_new_room_must_be_named(self):
        self.assertIn("no room of this name", found(tidy.layers, {"vmm/attic/a.hpp": ""})[0])

    def test_relative_includes_are_found(self):
        self.assertIn('write "vmm/host/b.hpp"', found(tidy.layers, {"vmm/host/a.cpp": '#include "b.hpp"\n'})[0])


class Words(unittest.TestCase):
    def check(self, name, text, count=1):
        findings = found(tidy.words, {name: text})
        self.assertEqual(len(findings), count, findings)

    def test_sched_has_no_clock_lock_thread_float_io_hash(self):
        for line in ("auto t = std::chrono::steady_clock::now();", "std::mutex m;", "std::thread t;", "double x;",
                     "#include <iostream>", "std::unordered_map<int, int> m;", "std::atomic<int> a;"):
            self.check("sched/policy/a.cpp", line + "\n")

    def test_the_same_words_are_free_elsewhere(self):
        self.check("vmm/host/a.cpp", "std::mutex m; double x; std::atomic<int> a; std::jthread t; ::open(p, 0);\n", 0)

    def test_only_the_host_touches_the_os(self):
        for line in ("pthread_self();", "std::thread t;", "mmap(nullptr);", "::open(path, 0);", "#include <unistd.h>"):
            self.check("vmm/devices/a.cpp", line + "\n")

    def test_comments_and_literals_are_not_code(self):
        self.check("sched/policy/a.cpp", '// a double std::mutex\nauto s = "double"; /* float\n float */\n', 0)

    def test_a_reason_makes_an_exception(self):
        self.check("sched/policy/a.cpp", "// tidy: words: the one place that shows a ratio\ndouble x;\n", 0)
        self.check("sched/policy/a.cpp", "// tidy: words:\ndouble x;\n")

    def test_nothing_is_left_to_do(self):
        self.check("tools/a.md", "TO" "DO later\n")

    def test_no_path_of_one_machine(self):
        self.check("README.md", "see /ho" "me/me/roost\n")
        self.check("README.md", "see tests/home/x and https://a.example/home/x\n", 0)

    def test_tests_do_not_sleep(self):
        self.check("tests/vmm/a_test.cpp", "std::this_thread::sleep_for(d);\n")


class Functions(unittest.TestCase):
    def functions(self, text):
        return [(f.name, f.lines, f.parameters) for f in cxx.functions_of(text)]

    def test_bodies_are_measured_from_their_heading(self):
        text = "namespace a {\nint f(int x,\n      std::map<int, int> y) {\n  return x;\n}\n}\n"
        self.assertEqual(self.functions(text), [("f", 4, 2)])

    def test_members_initializers_and_operators(self):
        text = ("struct A {\n  A(int a, int b) : a_{a}, b_(b) {\n    go();\n  }\n"
                "  bool operator()(int x) const { return x; }\n  int a_{0};\n  int b_ = 1;\n};\n")
        self.assertEqual(self.functions(text), [("A", 3, 2), ("operator()", 1, 1)])

    def test_nested_blocks_and_lambdas_belong_to_their_function(self):
        text = "void f() {\n  if (a) { b(); }\n  auto g = [](int x) { return x; };\n}\nvoid h(){}\n"
        self.assertEqual(self.functions(text), [("f", 4, 0), ("h", 1, 0)])

    def test_digit_separators_and_literals_do_not_confuse(self):
        self.assertEqual(self.functions("void f() { x = 1'000'000; c = '{'; s = \"{\"; }\nvoid g(int) {}\n"),
                         [("f", 1, 0), ("g", 1, 1)])


class Sizes(unittest.TestCase):
    def test_long_functions_files_lines_and_lists(self):
        body = "  go();\n" * 60
        self.assertIn("function-size: f", found(tidy.sizes, {"vmm/host/a.cpp": f"void f() {{\n{body}}}\n"})[0])
        self.assertIn("file-size", found(tidy.sizes, {"vmm/host/a.cpp": "\n" * 500 + "int x;\n"})[0])
        self.assertIn("line-length", found(tidy.sizes, {"vmm/host/a.cpp": "//" + "x" * 119 + "\n"})[0])
        self.assertIn("takes 6", found(tidy.sizes, {"vmm/host/a.cpp": "void f(int, int, int, int, int, int) {}\n"})[0])

    def test_a_reason_makes_an_exception(self):
        body = "  go();\n" * 60
        text = f"// tidy: function-size: one case per instruction\nvoid f() {{\n{body}}}\n"
        self.assertEqual(found(tidy.sizes, {"vmm/host/a.cpp": text}), [])


class Files(unittest.TestCase):
    def test_headers_have_plates(self):
        self.assertEqual(len(found(tidy.plates, {"vmm/host/a.hpp": "int f();\n"})), 2)
        self.assertEqual(found(tidy.plates, {"vmm/host/a.hpp": PLATE}), [])

    def test_a_header_that_only_its_own_source_includes_is_dead(self):
        files = {"vmm/host/a.hpp": PLATE, "vmm/host/a.cpp": '#include "vmm/host/a.hpp"\n'}
        self.assertEqual(len(found(tidy.dead, files)), 1)
        files["vmm/memory/b.cpp"] = '#include "vmm/host/a.hpp"\n'
        self.assertEqual(found(tidy.dead, files), [])

    def test_a_header_that_leans_on_others_does_not_compile_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "vmm/host/a.hpp"
            path.parent.mkdir(parents=True)
            for include, status in (("", 1), ("#include <string>\n", 0)):
                path.write_text(PLATE + include + "std::string s();\n")
                run = subprocess.run([sys.executable, tidy.__file__, "headers", "--root", folder, "--flag=-std=c++20",
                                      "--cache", folder + "/cache"], capture_output=True, text=True, check=False)
                self.assertEqual(run.returncode, status, run.stdout)


class Libraries(unittest.TestCase):
    def findings(self, rule, text):
        with tempfile.TemporaryDirectory() as folder:
            source, obj, library = (f"{folder}/{name}" for name in ("a.cpp", "a.o", "a.a"))
            pathlib.Path(source).write_text(text)
            subprocess.run(["g++", "-std=c++20", "-O2", "-c", source, "-o", obj], check=True)
            subprocess.run(["ar", "rcs", library, obj], check=True)
            run = subprocess.run([sys.executable, tidy.__file__, rule, library], capture_output=True, text=True,
                                 check=False)
            return run.stdout if run.returncode else ""

    def test_a_clock_a_thread_and_output_are_found(self):
        for include, body, symbol in (
                ("chrono", "auto f() { return std::chrono::steady_clock::now(); }", "now"),
                ("cstdio", 'void f(int x) { std::printf("%d", x); }', "printf"),
                ("pthread.h", "void f(pthread_mutex_t* m) { pthread_mutex_lock(m); }", "pthread")):
            self.assertIn(symbol, self.findings("symbols", f"#include <{include}>\n{body}\n"))

    def test_arithmetic_and_containers_are_pure(self):
        text = "#include <vector>\nint f(std::vector<int>& v) { v.push_back(1); return v[0]; }\n"
        self.assertEqual("", self.findings("symbols", text))

    def test_globals_are_found_and_tables_are_not(self):
        self.assertIn("counter", self.findings("globals", "int counter = 0;\nint f() { return ++counter; }"))
        self.assertEqual("", self.findings("globals", 'extern const char* const names[] = {"a", "b"};'))


if __name__ == "__main__":
    unittest.main()
