// The room: what the flattened device tree says that a guest needs to know.
// Not here: any other property; a tree that lacks one of these leaves its default.
#pragma once

#include "guest/runtime/platform.hpp"

namespace guest {

/// False when there is no usable device tree at `tree`.
bool read_device_tree(const void* tree, Platform& platform);

}  // namespace guest
