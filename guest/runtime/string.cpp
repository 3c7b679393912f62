// What the compiler may call on its own. Built without turning loops into these very calls.

#include <stddef.h>
#include <stdint.h>

extern "C" {

void* memcpy(void* to, const void* from, size_t bytes) {
  auto* out = static_cast<uint8_t*>(to);
  auto* in = static_cast<const uint8_t*>(from);
  while (bytes-- > 0) *out++ = *in++;
  return to;
}

void* memmove(void* to, const void* from, size_t bytes) {
  auto* out = static_cast<uint8_t*>(to);
  auto* in = static_cast<const uint8_t*>(from);
  if (out <= in) return memcpy(to, from, bytes);
  while (bytes-- > 0) out[bytes] = in[bytes];
  return to;
}

void* memset(void* to, int value, size_t bytes) {
  auto* out = static_cast<uint8_t*>(to);
  while (bytes-- > 0) *out++ = static_cast<uint8_t>(value);
  return to;
}

int memcmp(const void* a, const void* b, size_t bytes) {
  auto* left = static_cast<const uint8_t*>(a);
  auto* right = static_cast<const uint8_t*>(b);
  for (; bytes > 0; --bytes, ++left, ++right) {
    if (*left != *right) return *left < *right ? -1 : 1;
  }
  return 0;
}

}  // extern "C"
