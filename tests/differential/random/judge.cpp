#include "tests/differential/random/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <map>
#include <regex>

#include "tests/differential/random/child.hpp"

namespace roost::random_programs {
namespace {

constexpr std::uint16_t kCompressedNop = 0x0001;

RandomProgram without(RandomProgram program, std::span<const std::size_t> units) {
  for (const std::size_t unit : units) {
    const UnitRange& range = program.units[unit];
    std::fill_n(program.code.begin() + range.first, range.count, kCompressedNop);
  }
  return program;
}

std::string description(const Program& program) {
  const bool user = program.mode == Mode::User;
  const char* const mode = user ? "user" : program.mode == Mode::Supervisor ? "supervisor" : "machine";
  const char* const paging = program.paging == 8 ? "Sv39" : program.paging == 9 ? "Sv48" : "bare";
  return fmt::format("{} mode, {}, mstatus {:#x}, medeleg {:#x}, fcsr {:#x}, repairs {:#04x}, pmp0 {:#x} at {:#x}\n",
                     mode, paging, program.mstatus, program.medeleg, program.fcsr, program.repairs, program.pmp_config,
                     program.pmp_address << 2);
}

/// By Debian's RISC-V objdump; without the c.nop that shrinking leaves behind.
std::string disassembly(const RandomProgram& program) {
  const TemporaryFile file(program.code.data(), program.code.size() * 2);
  const std::uint64_t base = code_base(program.description) + program.description.code_offset;
  const ChildOutput output =
      run_child({"riscv64-unknown-elf-objdump", "-D", "-b", "binary", "-m", "riscv:rv64", "-M", "no-aliases",
                 fmt::format("--adjust-vma={:#x}", base), file.path()},
                std::chrono::seconds(10));
  std::string text;
  for (const std::string& line : split_lines(output.text)) {
    const bool code = line.find(":\t") != std::string::npos;
    if (code && line.find("c.nop") == std::string::npos && line.find("c.addi\tzero,0") == std::string::npos) {
      text += line + '\n';
    }
  }
  return text;
}

/// What the registers that the text names hold at first.
std::string initial_values(const Program& program, const std::string& text) {
  static constexpr const char* kX[] = {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
                                       "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
                                       "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  static constexpr const char* kF[] = {"ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6",  "ft7",  "fs0", "fs1", "fa0",
                                       "fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7",  "fs2",  "fs3", "fs4", "fs5",
                                       "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};
  const auto named = [&](const char* name) {
    return std::regex_search(text, std::regex(fmt::format("\\b{}\\b", name)));
  };
  std::string values;
  for (std::size_t i = 1; i < 32; ++i) {
    if (named(kX[i])) values += fmt::format("  {} (x{}) = {:#x}\n", kX[i], i, program.x[i]);
  }
  for (std::size_t i = 0; i < 32; ++i) {
    if (named(kF[i])) values += fmt::format("  {} (f{}) = {:#x}\n", kF[i], i, program.f[i]);
  }
  return values;
}

/// "trap pc 001 0000000080a00f5c" as a name and a value.
std::map<std::string, std::string> by_name(const Lines& lines) {
  std::map<std::string, std::string> values;
  for (const std::string& line : lines) {
    const std::size_t space = line.rfind(' ');
    if (space != std::string::npos) values[line.substr(0, space)] = line.substr(space + 1);
  }
  return values;
}

std::string first_differences(const Lines& left, const Lines& right, std::size_t most) {
  std::map<std::string, std::string> lefts = by_name(left);
  std::map<std::string, std::string> rights = by_name(right);
  for (const auto& [name, value] : rights) lefts.try_emplace(name, "-");
  for (const auto& [name, value] : lefts) rights.try_emplace(name, "-");
  std::string text;
  std::size_t count = 0;
  for (const auto& [name, value] : lefts) {
    if (value != rights[name] && ++count <= most) text += fmt::format("  {:<22}{:<20}{}\n", name, value, rights[name]);
  }
  if (count > most) text += fmt::format("  and {} more\n", count - most);
  if (count == 0 && !left.empty()) text = fmt::format("  the same, alone; its last line: {}\n", left.back());
  return text;
}

}  // namespace

Judge::Both Judge::run(std::span<const RandomProgram> programs, Detail detail) {
  const Image image = make_image(harness_, programs, detail);
  const std::chrono::seconds limit(8 + programs.size() / 50);  // many times what it takes
  auto left = std::async(std::launch::async, [&] { return left_.run(image, limit); });
  Lines right = right_.run(image, limit);
  return {left.get(), std::move(right)};
}

std::vector<std::size_t> Judge::differing(std::span<const RandomProgram> programs) {
  const Both both = run(programs, Detail::Digest);
  std::vector<std::size_t> indices;
  const std::size_t ended = std::min(both.left.size(), both.right.size());
  if (ended < programs.size() && ended > 0) {
    fmt::print(stderr, "only {} of {} programs ended; last lines: {} '{}', {} '{}'\n", ended, programs.size(),
               left_.name(), both.left.back(), right_.name(), both.right.back());
  }
  for (std::size_t i = 0; i < programs.size(); ++i) {
    if (i >= ended || both.left[i] != both.right[i]) indices.push_back(i);
    if (i == ended) break;  // what came after the one that did not end is not known
  }
  return indices;
}

RandomProgram Judge::shrink(RandomProgram program) {
  std::vector<std::size_t> left;
  for (std::size_t unit = 0; unit < program.units.size(); ++unit) {
    if (program.units[unit].removable) left.push_back(unit);
  }
  for (std::size_t parts = 2; !left.empty();) {
    parts = std::min(parts, left.size());
    std::vector<std::vector<std::size_t>> chunks(parts);
    for (std::size_t i = 0; i < left.size(); ++i) chunks[i * parts / left.size()].push_back(left[i]);
    std::vector<RandomProgram> candidates;
    for (const auto& chunk : chunks) candidates.push_back(without(program, chunk));
    const std::vector<std::size_t> still = differing(candidates);
    if (!still.empty()) {
      program = candidates[still.front()];
      std::erase_if(left, [&](std::size_t unit) {
        return std::ranges::find(chunks[still.front()], unit) != chunks[still.front()].end();
      });
    } else if (parts == left.size()) {
      break;
    } else {
      parts *= 2;
    }
  }
  return program;
}

std::string Judge::report(const RandomProgram& program) {
  const Both both = run(std::span(&program, 1), Detail::Everything);
  const std::string assembly = disassembly(program);
  return description(program.description) + assembly + "initial values:\n" +
         initial_values(program.description, assembly) +
         fmt::format("  {:<22}{:<20}{}\n", "differs", left_.name(), right_.name()) +
         first_differences(both.left, both.right, 30);
}

}  // namespace roost::random_programs
