#include "vmm/workload/toml_reservation.hpp"

#include <charconv>

#include <fmt/format.h>

#include "sched/gate/reservation.hpp"
#include "sched/policy/spec.hpp"
#include "vmm/workload/workload.hpp"

namespace roost {

namespace {

constexpr Duration kLeastBudget = std::chrono::microseconds(10);

/// 40 or "40%".
std::optional<std::int64_t> percent(TomlSection& section, std::string_view key) {
  const toml::node* const node = section.any(key);
  if (node == nullptr) return std::nullopt;
  if (const auto whole = node->value_exact<std::int64_t>()) return *whole;
  const std::string text = node->value_exact<std::string>().value_or("");
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  const bool good = error == std::errc{} && std::string_view(end, text.data() + text.size()) == "%";
  return good ? whole : -1;
}

}  // namespace

void read_reservation(TomlSection& section, ScenarioVm& vm) {
  const std::int64_t vcpus = std::int64_t{vm.vcpus} + vm.spare_vcpus;
  const auto asked = percent(section, "reservation");
  const auto period = section.span("reservation_period", CbsServer::kLeastPeriod);
  vm.places["reservation"] = section.place("reservation");
  vm.reservation_period = period.value_or(CbsServer::kPeriod);
  if (period && *period > CbsServer::kMostPeriod)
    section.refuse("reservation_period",
                   fmt::format("a reservation's period lasts {} to {}", to_text(CbsServer::kLeastPeriod),
                               to_text(CbsServer::kMostPeriod)));
  if (period && !asked) section.refuse("reservation_period", "reservation = \"40%\" is expected beside it");
  if (!asked) return;
  if (*asked < 1 || *asked > 100 * vcpus)
    return section.refuse("reservation", fmt::format("percent of one pCPU from 1% to {}% are expected here, as in "
                                                     "\"40%\": 100% for each vCPU at most", 100 * vcpus));
  vm.reservation = static_cast<std::uint32_t>(*asked);
  if (vm.reservation_period * *asked / (100 * vcpus) < kLeastBudget)
    section.refuse("reservation", fmt::format("a {}th of {}% of {} is less than {}; reserve more, or with a longer "
                                              "reservation_period", vcpus, *asked, to_text(vm.reservation_period),
                                              to_text(kLeastBudget)));
  const std::int64_t cap = vm.cap + vm.vcpu_cap * vcpus;
  if (cap > 0 && *asked > cap)
    section.refuse("reservation", fmt::format("{}% are more than its cap, {}%, lets it run; reserve no more than that",
                                              *asked, cap));
}

}  // namespace roost
