#include "tools/cli/standard_files.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace roost {

void hold_standard_files() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) < 0) ::open("/dev/null", O_RDWR);  // the lowest free number: this one
}

}  // namespace roost
