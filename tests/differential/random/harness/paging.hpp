// The room: the page tables of one random program, and their repair by its trap handler.
// Invariants: all tables lie at kTables; table 0 is the root of Sv48, table 1 that of Sv39.
#pragma once

#include <stdint.h>

#include "tests/differential/random/image_layout.hpp"

namespace roost::random_programs {

/// Builds the tables that image_layout.hpp draws; the value for satp. Translations are not fenced.
uint64_t build_tables(const Program& program);

/// Makes the page of code, or of the window, at this virtual address usable for the program and fences it. False: it
/// does not lie in the window.
void repair_code_page(const Program& program, uint64_t address);
bool repair_window_page(const Program& program, uint64_t address);

/// The entries whose accessed and dirty bits belong to a program's result.
uint64_t watched_tables();
uint64_t watched_table_bytes();

}  // namespace roost::random_programs
