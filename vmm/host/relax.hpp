// The room: the pause hint of a host spin loop.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace roost::host {

inline void relax() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace roost::host
