// The room: a look at the text of an exported topology before hwloc is given it.
// Why: hwloc takes what programs of its own have written. Of other text it says only "no", without a reason, and some
//   it reads into a tree that is none, and crashes: where a core's CPUs are not all its package's, or another's too.
// Not here: reading a topology (topology_source, by hwloc).
#pragma once

#include <string>
#include <string_view>

namespace roost {

struct ExportLook {
  std::string fault;  // "line 21: hwloc knows no object \"Kern\""; empty: nothing is wrong
  std::string doubt;  // where there is no fault and hwloc refuses it nonetheless: what may be why
};
ExportLook look_at_export(std::string_view text);

}  // namespace roost
