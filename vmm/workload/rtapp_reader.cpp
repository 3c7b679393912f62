#include "vmm/workload/scenario_reader.hpp"
namespace roost {
Result<Scenario> read_rtapp_scenario(std::string_view, const std::string& file) { return Error{file + ": rt-app"}; }
}
