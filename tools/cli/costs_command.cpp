#include "tools/cli/costs_command.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/report/text_table.hpp"
#include "vmm/executor/cost_model.hpp"

namespace roost {
namespace {

std::string_view name_of(Cost cost) { return CostModel::table()[static_cast<std::size_t>(cost)].name; }

}  // namespace

std::string costs_table() {
  TextTable table;
  table.column("cost", Align::Left).column("unit", Align::Left).column("default").column("least").column("most");
  table.column("what it is", Align::Left).column("source", Align::Left);
  for (const CostInfo& info : CostModel::table()) {
    const auto figure = [&](std::int64_t of) { return info.unit == "ns" ? cost_text("ns", of) : std::to_string(of); };
    table.row({std::string(info.name), info.unit == "ns" ? "time" : std::string(info.unit), figure(info.usual),
               figure(info.least), figure(info.most), std::string(info.about), std::string(info.source)});
  }
  TextTable aliases;
  aliases.column("alias", Align::Left).column("sets", Align::Left).column("", Align::Left);
  for (const CostAlias& alias : CostModel::aliases())
    aliases.row({std::string(alias.name), fmt::format("{} and {}", name_of(alias.sets[0]), name_of(alias.sets[1])),
                 std::string(alias.about)});
  aliases.row({"free", "all times that may be 0", "free=1: to 0, and siblings run at full speed: textbooks' host"});
  return table.text() + "\n" + aliases.text() +
         "\n--cost NAME=VALUE sets one, for a run in a simulated world; a scenario does in its [host.costs]. A time\n"
         "is written with its unit (ipi.cross_socket=3us), all else as a whole number of the unit (cache.l2=2048).\n"
         "Every result tells what was in force.\n";
}

std::string costs_json() {
  using Json = nlohmann::ordered_json;
  Json json{{"schema", "roost.costs/1"}, {"costs", Json::array()}, {"aliases", Json::array()}};
  for (const CostInfo& info : CostModel::table())
    json["costs"].push_back({{"name", info.name},
                             {"unit", info.unit},
                             {"default", info.usual},
                             {"least", info.least},
                             {"most", info.most},
                             {"about", info.about},
                             {"source", info.source}});
  for (const CostAlias& alias : CostModel::aliases())
    json["aliases"].push_back({{"name", alias.name},
                               {"sets", {name_of(alias.sets[0]), name_of(alias.sets[1])}},
                               {"about", alias.about}});
  return json.dump(2) + "\n";
}

}  // namespace roost
