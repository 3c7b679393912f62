// The room: what gates did in a run, in words: pause exits, co-stops. Empty where they did nothing.
#pragma once

#include <string>

#include "vmm/executor/run_report.hpp"

namespace roost {

std::string gate_words(const RunReport& report);

}  // namespace roost
