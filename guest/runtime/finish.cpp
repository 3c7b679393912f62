#include "guest/runtime/finish.hpp"

#include <stdint.h>

#include "guest/runtime/clint.hpp"
#include "guest/runtime/console.hpp"
#include "guest/runtime/platform.hpp"
#include "guest/runtime/printing.hpp"

namespace guest {
namespace {

constexpr uintptr_t kFinisher = 0x00100000;
constexpr uint32_t kPass = 0x5555;
constexpr uint32_t kFail = 0x3333;

}  // namespace

void finish(ExitCode code) {
  const auto number = static_cast<uint32_t>(code);
  full_fence();
  *reinterpret_cast<volatile uint32_t*>(kFinisher) = number == 0 ? kPass : number << 16 | kFail;
  while (true) wait_for_interrupt();
}

void give_up(ExitCode code, const char* format, ...) {
  va_list values;
  va_start(values, format);
  print_list(format, values);
  va_end(values);
  print("\n");
  finish(code);
}

ExitCode report(bool ok, const char* format, ...) {
  const uint64_t until = platform().worked_until_ticks == 0 ? now_ticks() : platform().worked_until_ticks;
  const uint64_t ticks = until - platform().started_at_ticks;
  va_list values;
  va_start(values, format);
  print_list(format, values);
  va_end(values);
  print(" %s\n", ok ? "ok" : "FAILED");
  print("# time_us=%lu\n", ticks * 1'000'000 / platform().ticks_per_second);
  return ok ? ExitCode::Good : ExitCode::WrongResult;
}

}  // namespace guest
