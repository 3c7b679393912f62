// The room: how busy the parts of a host were, in the mean and at most: a mean hides one hot LLC.
// Not here: single pCPUs (their own rows), what is balanced between these parts (balance).
#pragma once

#include <cstdint>
#include <vector>

#include "tools/report/finished_run.hpp"

namespace roost {

/// All parts of one kind, as LLCs.
struct DomainBusy {
  Distance level;            // between two pCPUs of such a part
  std::size_t count = 0;     // of the parts
  double mean = 0, most = 0; // of their shares: busy time of all pCPUs of a part by their wall time
  std::uint32_t busiest = 0; // the part's number
};

/// LLCs, packages and nodes, smallest first; not those of which there is one, nor those that are the same parts again.
std::vector<DomainBusy> busy_by_domain(const FinishedRun& run);

}  // namespace roost
