// The room: shares of pCPUs by weight where some weights are infeasible, on paper (theory, row 13).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace roost::kit {

/// In pCPUs: by weight, but nobody more than one; what those may not have goes to the others, and so on. More weights
/// than pCPUs.
inline std::vector<double> feasible_shares(const std::vector<std::uint32_t>& weights, std::size_t pcpus) {
  std::vector<double> shares(weights.size(), 0);
  auto room = static_cast<double>(pcpus);
  for (bool again = true; again;) {
    double all = 0;
    for (std::size_t v = 0; v < weights.size(); ++v) all += shares[v] < 1 ? weights[v] : 0;
    again = false;
    for (std::size_t v = 0; v < weights.size(); ++v)
      if (shares[v] < 1) shares[v] = weights[v] * room / all;
    for (double& share : shares)
      if (share > 1) share = 1, again = true;
    room = static_cast<double>(pcpus);
    for (const double share : shares) room -= share == 1 ? 1 : 0;
  }
  return shares;
}

}  // namespace roost::kit
