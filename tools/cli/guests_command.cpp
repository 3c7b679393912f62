#include "tools/cli/guests_command.hpp"

#include <vector>

#include <fmt/format.h>

#include "sched/policy/nearest_name.hpp"
#include "tools/cli/guest_source.hpp"
#include "tools/guests/catalog.hpp"
#include "tools/report/text_table.hpp"
#include "tools/report/units.hpp"

namespace roost {
namespace {

Result<const EmbeddedGuest*> known_guest(const std::string& name) {
  if (const EmbeddedGuest* guest = find_guest(name)) return guest;
  std::vector<std::string_view> names;
  for (const EmbeddedGuest& guest : embedded_guests()) names.push_back(guest.name);
  return Error{fmt::format("there is no toy guest '{}'; {}", name, suggestion(name, names))};
}

std::string indented(std::string_view lines) {
  std::string out = "  ";
  for (const char c : lines) out += c == '\n' ? std::string("\n  ") : std::string(1, c);
  return out;
}

}  // namespace

std::string list_guests() {
  TextTable table;
  table.column("guest", Align::Left).column("ELF bytes").column("what it does", Align::Left);
  for (const EmbeddedGuest& guest : embedded_guests())
    table.row({std::string(guest.name), count_text(guest.elf.size()), std::string(guest.summary)});
  return table.text() +
         "\n'roost guests show NAME' lists a guest's parameters; 'roost run NAME --args \"...\"' sets them.\n";
}

Result<std::string> show_guest(const std::string& name) {
  const auto guest = known_guest(name);
  if (!guest) return guest.error();
  const EmbeddedGuest& found = **guest;
  std::string out = fmt::format("{}: {}\n{} bytes of ELF\n", found.name, found.summary, count_text(found.elf.size()));
  if (found.parameters.empty()) return out + "no parameters\n";
  return out + fmt::format("parameters (--args \"name=value ...\"): values, meaning, [default]\n{}\n",
                           indented(found.parameters));
}

Result<std::string> extract_guest(const std::string& name, const std::string& path) {
  const auto guest = known_guest(name);
  if (!guest) return guest.error();
  const auto elf = (*guest)->elf;
  const auto written = write_file(path, {reinterpret_cast<const char*>(elf.data()), elf.size()});
  if (!written) return written.error();
  return fmt::format("{}: {} bytes; it runs on QEMU too:\n"
                     "  qemu-system-riscv64 -machine virt -bios none -nographic -kernel {}\n",
                     path, count_text(*written), path);
}

}  // namespace roost
