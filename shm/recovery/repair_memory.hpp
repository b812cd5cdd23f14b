// repair_memory: step 5 of a repair, the blocks, spans and units.
#pragma once

#include <vector>

#include "shm/recovery/repair.hpp"

namespace buskin::shm {

/// Frees the blocks that the dead threads held, orphans their spans, and gives back units that are not in use.
void repair_memory(Repair& repair);

/// Frees the blocks that the threads of this process still hold: for its orderly end, after which no repair would
/// find them. Returns what lay in them. Threads: `own` is one of them, and the others are at rest.
std::vector<PlacedBytes> free_held(Thread& own);

}  // namespace buskin::shm
