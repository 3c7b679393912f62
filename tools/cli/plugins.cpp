#include "tools/cli/plugins.hpp"

#include <filesystem>
#include <utility>

#include <boost/dll/shared_library.hpp>
#include <fmt/format.h>

namespace roost {
namespace {

constexpr const char* kSymbol = "roost_plugin";

Result<const DisciplineEntry*> load(const std::string& file) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(file, error);
  if (!std::filesystem::is_regular_file(path, error))
    return Error{fmt::format("--plugin {}: there is no such file", file)};
  std::error_code refused;
  boost::dll::shared_library library(path, refused);
  if (refused) return Error{fmt::format("--plugin {}: it is no shared library that can be loaded ({})", file,
                                        refused.message())};
  if (!library.has(kSymbol))
    return Error{fmt::format("--plugin {}: it has no {}(); 'write your own discipline' in sched/README.md shows how",
                             file, kSymbol)};
  const DisciplinePlugin plugin = library.get<DisciplinePlugin()>(kSymbol)();
  if (plugin.headers != DisciplinePlugin::kHeaders || plugin.entry == nullptr)
    return Error{fmt::format("--plugin {}: it was built with the headers of another Roost; build it anew", file)};
  const DisciplineEntry* const entry = plugin.entry;
  new boost::dll::shared_library(std::move(library));  // never unloaded: its code may run until the very end
  return entry;
}

}  // namespace

Result<Catalog> catalog_with(const std::vector<std::string>& files) {
  Catalog catalog = standard_catalog();
  for (const std::string& file : files) {
    const auto entry = load(file);
    if (!entry) return entry.error();
    for (const PieceInfo* taken : catalog.pieces(PieceKind::Discipline))
      if (taken->name == (*entry)->info.name)
        return Error{fmt::format("--plugin {}: there is a discipline '{}' already; give yours another name", file,
                                 taken->name)};
    catalog.disciplines.push_back(*entry);
  }
  return catalog;
}

}  // namespace roost
