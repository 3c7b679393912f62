// The room: descriptors 0, 1 and 2. A process may be started without them; whatever it opens first would then be taken
// for its input or output.
#pragma once

namespace roost {

/// Opens /dev/null in place of each that is closed.
void hold_standard_files();

}  // namespace roost
