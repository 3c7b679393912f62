// The room: the command line: subcommands, their help, and the exit code of each.
#pragma once

namespace roost {

/// 2 and one sentence on standard error for bad usage or input.
int command_line(int argc, const char* const* argv);

}  // namespace roost
