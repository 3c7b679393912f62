// The room: why somebody's reservation finds no seat, in words.
#pragma once

#include <optional>
#include <string>

#include "sched/gate/seats.hpp"
#include "tools/cli/scenario_plan.hpp"

namespace roost {

/// "web/0 is to have 60% of a pCPU, and no more than 35% is free on any that it may use (0,1)". `name`: of the vCPU.
std::string seat_text(const NoSeat& why, const std::string& name);
/// Admission: nothing, or whose reservation finds no room on the planned host.
std::optional<Error> check_reservations(const ScenarioPlan& plan);

}  // namespace roost
