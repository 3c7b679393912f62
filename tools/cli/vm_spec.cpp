#include "tools/cli/vm_spec.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "tools/cli/quantities.hpp"

namespace roost {
namespace {

/// Cut at the commas outside double quotes; the quotes are gone.
std::vector<std::string> fields_of(std::string_view text) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    else if (c == ',' && !quoted) fields.emplace_back();
    else fields.back() += c;
  }
  return fields;
}

template <typename T, typename Parsed>
std::optional<Error> store(T& place, const Result<Parsed>& parsed) {
  if (!parsed) return parsed.error();
  place = static_cast<T>(*parsed);
  return std::nullopt;
}

std::optional<Error> set_key(VmSpec& vm, std::string_view key, const std::string& value) {
  if (key == "vcpus") return store(vm.vcpus, parse_number(key, value, {1, kMostVcpus}));
  if (key == "memory") return store(vm.memory, parse_size(key, value));
  if (key == "weight") return store(vm.weight, parse_weight(value));
  if (key == "affinity") return store(vm.affinity, parse_id_list(key, value));
  if (key == "firmware") return store(vm.firmware, Result<std::string>(value));
  if (key == "args") {
    vm.args = value;
    std::replace(vm.args.begin(), vm.args.end(), ';', ' ');
    return std::nullopt;
  }
  return Error{fmt::format("'{}' is not known; a VM has vcpus, weight, memory, args, affinity and firmware", key)};
}

/// "lock_fight", "a.elf" -> "a".
std::string base_name(std::string_view guest) {
  if (const auto slash = guest.rfind('/'); slash != guest.npos) guest.remove_prefix(slash + 1);
  return std::string(guest.substr(0, std::max<std::size_t>(1, std::min(guest.find('.'), guest.size()))));
}

}  // namespace

Result<Weight> parse_weight(std::string_view text) {
  const Limits limits{static_cast<std::uint64_t>(value(kMinWeight)), static_cast<std::uint64_t>(value(kMaxWeight))};
  const auto number = parse_number("weight", text, limits);
  if (!number) return number.error();
  return Weight{static_cast<std::uint32_t>(*number)};
}

Result<VmSpec> parse_vm_spec(std::string_view text, const VmSpec& defaults) {
  VmSpec vm = defaults;
  const std::vector<std::string> fields = fields_of(text);
  const std::size_t equals = fields[0].find('=');
  vm.name = equals == std::string::npos ? "" : fields[0].substr(0, equals);
  vm.guest = equals == std::string::npos ? fields[0] : fields[0].substr(equals + 1);
  if (vm.guest.empty() || equals == 0)
    return Error{fmt::format("--vm '{}' names no guest; write --vm NAME=GUEST,vcpus=2", text)};
  for (std::size_t i = 1; i < fields.size(); ++i) {
    const std::size_t at = fields[i].find('=');
    if (at == std::string::npos)
      return Error{fmt::format("--vm '{}': '{}' is no key=value; inside args write ';' for a blank", text, fields[i])};
    if (const auto error = set_key(vm, std::string_view(fields[i]).substr(0, at), fields[i].substr(at + 1)))
      return Error{fmt::format("--vm '{}': {}", text, error->sentence)};
  }
  return vm;
}

std::optional<Error> name_vms(std::span<VmSpec> vms) {
  std::set<std::string> taken;
  for (const VmSpec& vm : vms)
    if (!vm.name.empty() && !taken.insert(vm.name).second)
      return Error{fmt::format("two VMs are named '{}'; give each its own name", vm.name)};
  for (VmSpec& vm : vms) {
    if (!vm.name.empty()) continue;
    const std::string base = base_name(vm.guest);
    vm.name = base;
    for (int number = 2; !taken.insert(vm.name).second; ++number) vm.name = fmt::format("{}{}", base, number);
  }
  return std::nullopt;
}

}  // namespace roost
