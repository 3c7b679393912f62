// The text of a policy: whatever it is, it is taken or refused with a sentence; what is taken can be built and named.

#include <cstddef>
#include <cstdint>

#include "sched/policy/catalog.hpp"
#include "sched/vocabulary/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace roost;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto policy = make_policy(text, Topology::flat(2), 4);
  if (!policy) {
    check(!policy.error().sentence.empty(), "a refusal says why");
    return 0;
  }
  check(policy->name == text, "a policy is named by its text");
  check(policy->discipline && policy->placer && policy->balancer, "a policy has all its pieces");
  return 0;
}
