// The room: figures as people read them.
// Not here: JSON, which carries plain integers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sched/vocabulary/time.hpp"

namespace roost {

/// Three significant digits and a unit: "85 ns", "12.3 us", "612 ms", "1.23 s", "1h 02m".
std::string duration_text(Duration duration);
/// Likewise: "85 uJ", "12.3 mJ", "1.23 J", "4.56 kJ".
std::string energy_text(std::uint64_t microjoules);
/// Grouped by thousands, "12,345"; from ten million on "12.3M", "4.56G".
std::string count_text(std::uint64_t count);
/// "49.8%"; "-" of nothing.
std::string share_text(Duration part, Duration whole);
/// "1 vCPU", "4 vCPUs".
std::string plural(std::uint64_t count, std::string_view noun);

}  // namespace roost
