// roost_random_programs: seeded random programs on QEMU and on Roost; exit code 1 on a difference, which is shrunk and
// printed as assembly.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "tests/differential/random/dice.hpp"
#include "tests/differential/random/judge.hpp"

namespace {

using namespace roost::random_programs;

struct Options {
  std::uint64_t programs = 1000;
  std::uint64_t seed = 1;
  std::uint64_t batch = 1000;
  std::uint64_t one = 0;
  std::uint64_t differences = 3;
  bool show = false;
  std::string qemu = "qemu-system-riscv64";
  std::string harness = ROOST_RANDOM_HARNESS;
  bool qemu_twice = false;
};

/// Shrinks and prints; the number of differences.
std::uint64_t judge_batch(Judge& judge, const std::vector<RandomProgram>& programs, std::uint64_t most) {
  const std::vector<std::size_t> indices = judge.differing(programs);
  for (std::size_t i = 0; i < std::min<std::size_t>(indices.size(), most); ++i) {
    const RandomProgram& program = programs[indices[i]];
    fmt::print("program {:#x} ends differently (again: --one {:#x}):\n", program.seed, program.seed);
    fmt::print("{}\n", judge.report(judge.shrink(program)));
    std::fflush(stdout);
  }
  return indices.size();
}

int run(const Options& options) {
  Qemu qemu(options.qemu, false);
  if (!qemu.is_there()) {
    fmt::print(stderr, "{} cannot be started; install Debian's qemu-system-misc, or give --qemu\n", options.qemu);
    return 2;
  }
  std::unique_ptr<Engine> rival = std::make_unique<Roost>();
  if (options.qemu_twice) rival = std::make_unique<Qemu>(options.qemu, true);
  Judge judge(qemu, *rival, read_file(options.harness));
  if (options.show) {
    fmt::print("{}", judge.report(generate(options.one)));
    return 0;
  }
  if (options.one != 0) return judge_batch(judge, {generate(options.one)}, 1) == 0 ? 0 : 1;
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t differences = 0;
  for (std::uint64_t done = 0; done < options.programs && differences < options.differences;) {
    std::vector<RandomProgram> programs;
    for (; programs.size() < options.batch && done < options.programs; ++done) {
      programs.push_back(generate(mix(options.seed, done)));
    }
    differences += judge_batch(judge, programs, options.differences - differences);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  fmt::print("{} programs from seed {} on QEMU and {}: {} differ; {:.1f} s\n", options.programs, options.seed,
             rival->name(), differences, seconds.count());
  return differences == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Runs seeded random RV64GC programs on QEMU and on Roost and compares how they end");
  app.add_option("--programs", options.programs, "how many");
  app.add_option("--seed", options.seed, "of the whole run");
  app.add_option("--batch", options.batch, "programs in one image")->check(CLI::Range(1, 2000));
  app.add_option("--one", options.one, "only the program with this seed, as printed on a difference");
  app.add_flag("--show", options.show, "with --one: print it, whole, and how it ends");
  app.add_option("--differences", options.differences, "stop after so many");
  app.add_option("--qemu", options.qemu, "path of qemu-system-riscv64");
  app.add_option("--harness", options.harness, "the harness image");
  app.add_flag("--qemu-twice", options.qemu_twice, "instead of Roost, QEMU again, translating single instructions");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
