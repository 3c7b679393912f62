// The room: how a guest ends: its result line and its exit code, through the test finisher.
#pragma once

namespace guest {

enum class ExitCode : unsigned {
  Good = 0,
  WrongResult = 1,
  BadArguments = 2,
  NoPlatform = 3,      // no device tree, or one that a guest cannot use
  UnexpectedTrap = 4,
};

[[noreturn]] void finish(ExitCode code);

/// Prints a sentence and finishes.
[[noreturn, gnu::format(printf, 2, 3)]] void give_up(ExitCode code, const char* format, ...);

/// Prints the result line, with " ok" or " FAILED" at its end, then "# time_us=N": how long the harts
/// worked, without the checks that come after the last body run on all of them.
[[gnu::format(printf, 2, 3)]] ExitCode report(bool ok, const char* format, ...);

}  // namespace guest
