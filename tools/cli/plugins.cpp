#include "tools/cli/plugins.hpp"

#include <filesystem>
#include <memory>
#include <optional>

#include <boost/dll/shared_library.hpp>
#include <fmt/format.h>

namespace roost {
namespace {

constexpr const char* kSymbol = "roost_plugin";

/// Adds the discipline of `file` to the catalog, or says what is wrong.
std::optional<Error> load(const std::string& file, Catalog& catalog) {
  const auto refused = [&](const std::string& why) { return Error{fmt::format("--plugin {}: {}", file, why)}; };
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(file, error);
  if (!std::filesystem::is_regular_file(path, error)) return refused("there is no such file");
  const auto library = std::make_shared<boost::dll::shared_library>();
  library->load(path, error);
  if (error) return refused(fmt::format("it is no shared library that can be loaded ({})", error.message()));
  if (!library->has(kSymbol))
    return refused(fmt::format("it has no {}(); 'Write your own discipline' in sched/README.md shows how", kSymbol));
  const DisciplinePlugin plugin = library->get<DisciplinePlugin()>(kSymbol)();
  if (plugin.headers != DisciplinePlugin::kHeaders || plugin.entry == nullptr)
    return refused("it was built with the headers of another Roost; build it anew");
  const std::string_view name = plugin.entry->info.name;
  if (catalog.find(PieceKind::Discipline, name) != nullptr)
    return refused(fmt::format("there is a discipline '{}' already; give yours another name", name));
  catalog.disciplines.push_back(plugin.entry);
  catalog.loaded.push_back(library);
  return std::nullopt;
}

}  // namespace

Result<Catalog> catalog_with(const std::vector<std::string>& files) {
  Catalog catalog = standard_catalog();
  for (const std::string& file : files)
    if (auto error = load(file, catalog)) return *error;
  return catalog;
}

}  // namespace roost
