// The room: one VM as the user describes it: --vm a=lock_fight,vcpus=4,weight=200
// Not here: reading its files (guest_source), assembling it (vmm/machine).
//
//   spec := [ name "=" ] guest ( "," key "=" value )*
//   key  := vcpus | weight | memory | args | affinity | firmware
// In a value, double quotes keep commas together, and ';' stands for a blank in args, for a comma in affinity:
// --vm 'a=spin,args=rounds=10;seed=3,affinity=0;2-3'.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sched/vocabulary/result.hpp"
#include "sched/vocabulary/weight.hpp"

namespace roost {

struct VmSpec {
  std::string name;   // of the VM; unique in a run
  std::string guest;  // a toy guest's name, or a file
  std::uint32_t vcpus = 1;
  std::uint64_t memory = 128ULL << 20;
  Weight weight = kDefaultWeight;
  std::string args;
  std::string firmware;                 // a file; empty: none
  std::vector<std::uint32_t> affinity;  // numbers of pCPUs; empty: all
};

inline constexpr std::uint32_t kMostVcpus = 512;  // of one VM

/// `defaults` gives what the text leaves open. The name is empty when the text gives none.
Result<VmSpec> parse_vm_spec(std::string_view text, const VmSpec& defaults);
Result<Weight> parse_weight(std::string_view text);

/// Names the unnamed after their guests ("spin", then "spin2"); an error where two VMs were given one name.
std::optional<Error> name_vms(std::span<VmSpec> vms);

}  // namespace roost
