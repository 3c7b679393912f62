// The room: memory beyond the image, handed out once and never taken back.
#pragma once

#include <stdint.h>

namespace guest {

/// Hart 0 only. Zeroed on no account: it holds what it held. Ends the guest with code 2 when there is not so much.
void* take_bytes(uint64_t bytes, uint64_t alignment);

template <typename T>
T* take(uint64_t count, uint64_t alignment = 64) {
  return static_cast<T*>(take_bytes(count * sizeof(T), alignment));
}

}  // namespace guest
