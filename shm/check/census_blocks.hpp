// census_blocks: the part of a look that lists blocks from the unit table, and judges them in the end.
#pragma once

#include "shm/check/census.hpp"

namespace buskin::shm {

/// Walks the unit table, and adds every block that is not FREE.
void count_units(Census& census);
/// Finds what is wrong with the blocks, after all that can name them was counted.
void judge_blocks(Census& census);

}  // namespace buskin::shm
