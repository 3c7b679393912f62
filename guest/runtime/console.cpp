#include "guest/runtime/console.hpp"

#include <stdint.h>

#include "guest/runtime/printing.hpp"

namespace guest {
namespace {

constexpr uintptr_t kUart = 0x10000000;
constexpr uintptr_t kLineStatus = kUart + 5;
constexpr uint8_t kTransmitterEmpty = 0x20;

void put(char c) {
  while ((*reinterpret_cast<volatile uint8_t*>(kLineStatus) & kTransmitterEmpty) == 0) {
  }
  *reinterpret_cast<volatile uint8_t*>(kUart) = static_cast<uint8_t>(c);
}

void put_text(const char* text) {
  for (; *text != 0; ++text) put(*text);
}

void put_number(uint64_t value, unsigned base, unsigned width) {
  char digits[64];
  unsigned count = 0;
  do {
    digits[count++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  for (unsigned i = count; i < width; ++i) put('0');
  while (count > 0) put(digits[--count]);
}

void put_signed(int64_t value) {
  if (value < 0) put('-');
  put_number(value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value), 10, 0);
}

}  // namespace

void print_list(const char* format, va_list values) {
  for (; *format != 0; ++format) {
    if (*format != '%') {
      put(*format);
      continue;
    }
    unsigned width = 0;
    for (++format; *format >= '0' && *format <= '9'; ++format) {
      width = width * 10 + static_cast<unsigned>(*format - '0');
    }
    if (*format == 'l') ++format;
    switch (*format) {
      case 's': put_text(va_arg(values, const char*)); break;
      case 'c': put(static_cast<char>(va_arg(values, int))); break;
      case 'u': put_number(va_arg(values, uint64_t), 10, width); break;
      case 'x': put_number(va_arg(values, uint64_t), 16, width); break;
      case 'd': put_signed(va_arg(values, int64_t)); break;
      default: put(*format); break;
    }
  }
}

void print(const char* format, ...) {
  va_list values;
  va_start(values, format);
  print_list(format, values);
  va_end(values);
}

}  // namespace guest
