#include "tools/commands/verify_command.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "sched/policy/nearest_name.hpp"
#include "tools/cli/guest_source.hpp"
#include "tools/cli/say.hpp"
#include "tools/cli/shipped_files.hpp"
#include "tools/verify/check_row.hpp"
#include "tools/verify/theory_table.hpp"

namespace roost {

namespace {

constexpr int kFails = 1;

Result<std::vector<const TheoryRow*>> chosen(const std::vector<std::string>& names) {
  std::vector<const TheoryRow*> out;
  std::vector<std::string_view> known;
  for (const TheoryRow& row : theory_rows()) {
    known.push_back(row.name);
    if (names.empty()) out.push_back(&row);
  }
  for (const std::string& name : names) {
    const std::size_t before = out.size();
    for (const TheoryRow& row : theory_rows())
      if (row.name == name) out.push_back(&row);
    if (out.size() == before)
      return Error{fmt::format("there is no row '{}'; {} ('roost verify --list' shows them)", name,
                               suggestion(name, known))};
  }
  return out;
}

Result<int> verify(const VerifyText& text) {
  if (text.list) return say(stdout, theory_list()), 0;
  const auto rows = chosen(text.rows);
  if (!rows) return rows.error();
  const auto folder = shipped_folder("theory");
  if (folder.empty()) return Error{"the scenarios are not installed beside this program; look for share/roost/theory"};
  if (const auto error = refuse_unwritable(text.json); !text.json.empty() && error) return *error;
  std::vector<RowVerdict> verdicts;
  bool all = true;
  say(stdout, theory_head());
  for (const TheoryRow* const row : *rows) {
    const auto verdict = check_row(*row, folder);
    if (!verdict) return verdict.error();
    say(stdout, theory_line(*verdict));
    std::fflush(stdout);
    all = all && verdict->holds;
    verdicts.push_back(*verdict);
  }
  say(stdout, theory_summary(verdicts));
  say(stdout, fmt::format("Each is a scenario in {}: roost run {}\n", folder.string(),
                          (folder / fmt::format("{}.toml", rows->front()->name)).string()));
  if (!text.json.empty())
    if (const auto written = write_file(text.json, theory_json(verdicts)); !written) return written.error();
  return all ? 0 : kFails;
}

}  // namespace

void add_verify_command(CLI::App& app, VerifyText& text, std::function<Result<int>()>& action) {
  CLI::App* command = app.add_subcommand("verify", "Compare the simulated world with what theory predicts");
  command->add_option("rows", text.rows, "Which predictions [all]")->type_name("ROW");
  command->add_flag("--list", text.list, "Show the rows with their sources, and run none");
  command->add_option("--json", text.json, "Write predictions, figures and verdicts as JSON")->type_name("FILE");
  command->footer(R"(Examples:
  roost verify                                         the whole table: predicted, simulated, interval, verdict
  roost verify mm8 two_choices                         two of its rows
  roost verify --list                                  the rows, with their sources
Exit code 1: a prediction does not hold.)");
  command->callback([&] { action = [&] { return verify(text); }; });
}

}  // namespace roost
