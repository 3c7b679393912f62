// The room: the little that a guest does with C strings.
#pragma once

#include <stdint.h>

namespace guest {

inline uint64_t length(const char* text) {
  uint64_t count = 0;
  while (text[count] != 0) ++count;
  return count;
}

inline bool starts_with(const char* text, const char* start) {
  while (*start != 0) {
    if (*text++ != *start++) return false;
  }
  return true;
}

inline bool equal(const char* a, const char* b) { return starts_with(a, b) && length(a) == length(b); }

}  // namespace guest
