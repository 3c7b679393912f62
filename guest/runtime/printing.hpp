// The room: print() for functions that take `...` themselves.
#pragma once

#include <stdarg.h>

namespace guest {

void print_list(const char* format, va_list values);

}  // namespace guest
