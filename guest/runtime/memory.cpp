#include "guest/runtime/memory.hpp"

#include "guest/runtime/finish.hpp"
#include "guest/runtime/platform.hpp"

extern "C" char image_end;

namespace guest {
namespace {

uint64_t next_free = 0;

uint64_t arena_end() {
  const uint64_t ram_end = platform().memory_start + platform().memory_bytes;
  const auto tree = reinterpret_cast<uint64_t>(platform().tree);
  return tree > reinterpret_cast<uint64_t>(&image_end) && tree < ram_end ? tree : ram_end;
}

}  // namespace

void* take_bytes(uint64_t bytes, uint64_t alignment) {
  if (next_free == 0) next_free = reinterpret_cast<uint64_t>(&image_end);
  const uint64_t start = (next_free + alignment - 1) & ~(alignment - 1);
  if (start > arena_end() || bytes > arena_end() - start) {
    give_up(ExitCode::BadArguments, "these parameters need %lu KiB more than there are; give the machine more memory",
            (bytes + (start > arena_end() ? start - arena_end() : 0)) / 1024);
  }
  next_free = start + bytes;
  return reinterpret_cast<void*>(start);
}

}  // namespace guest
