// The room: what every program defines.
#pragma once

#include "guest/runtime/arguments.hpp"
#include "guest/runtime/finish.hpp"

namespace guest {

/// Hart 0, in M mode, interrupts off, all other harts halted. Returns what report() returned.
ExitCode run(Arguments& arguments);

}  // namespace guest
