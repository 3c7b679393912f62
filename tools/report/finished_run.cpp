#include "tools/report/finished_run.hpp"

namespace roost {

const char* name_of(RunEnd end) {
  switch (end) {
    case RunEnd::AllStopped: return "all-stopped";
    case RunEnd::TimeLimit: return "time-limit";
    case RunEnd::Interrupted: return "interrupted";
    case RunEnd::Stuck: return "stuck";
  }
  return "unknown";
}

}  // namespace roost
