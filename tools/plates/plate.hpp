// The room: what the header of a policy's piece says on its plate: its rules, constants and windows, for its users.
// Not here: the plates (sched/discipline, sched/placement, sched/balance; make_plates.py takes them from there).
#pragma once

#include <string_view>

namespace roost {

/// From "Rules" to the end of the plate of the header of this name (`weighted_fair`) among those of a kind of piece
/// (`discipline`, `placement`, `balance`); empty if there is none.
std::string_view plate_of(std::string_view kind, std::string_view header);

}  // namespace roost
