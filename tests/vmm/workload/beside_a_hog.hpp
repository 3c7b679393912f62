// The room: a scene of two pCPUs: a hog, vCPU 0, and a VM of two, vCPUs 1 and 2, of which the first shares pCPU 0 with
//   the hog and the second has pCPU 1 to itself.
#pragma once

#include <string>

namespace roost::scenes {

inline const std::string kHogScript = "[script.hog]\nrepeat = 'forever'\nphases = [{ run = '1s' }]\n";

/// `scripts`: of both, as "'a', 'b'"; 'hog' is there.
inline std::string beside_a_hog(const std::string& time_limit, const std::string& scripts) {
  return "[run]\ntime_limit = '" + time_limit + "'\n" + kHogScript +
         "[[vm]]\nname = 'hog'\naffinity = [0]\nscript = 'hog'\n"
         "[[vm]]\nname = 'smp'\nvcpus = 2\naffinities = [[0], [1]]\nscripts = [" + scripts + "]\n";
}

}  // namespace roost::scenes
