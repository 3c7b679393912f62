// The room: the cost table's figures of caches and memory, as the models of vmm/caches want them.
#pragma once

#include "vmm/caches/guest_figures.hpp"
#include "vmm/caches/memory_model.hpp"
#include "vmm/executor/cost_model.hpp"

namespace roost {

CacheFigures cache_figures(const CostModel& costs);
MemoryFigures memory_figures(const CostModel& costs);
GuestCacheFigures guest_cache_figures(const CostModel& costs);

}  // namespace roost
