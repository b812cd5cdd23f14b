// Evidence: was a block pushed, or did its sender die before? The chain itself is the answer.
//
// Consumers and other senders go on meanwhile. A block that is read here may be gone
// the next moment, so foreign blocks are read beside the mapping (Segment::peek).
#pragma once

#include <cstdint>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

enum class Verdict : std::uint8_t {
  NotPublished,  ///< Its consumer has never seen it, and never will: the block belongs to the repairer.
  Published,     ///< In the chain, in hand, or gone on: the consumer answers for it.
};

/// What became of the life `own` (a QUEUED word) of the block. Requires that its sender is dead.
/// Cost: one read per message above it in its lane.
Verdict evidence(const Segment& segment, Handle handle, std::uint64_t own);

/// Does a block begin at `handle`, as far as the unit table says?
bool names_block(const Segment& segment, Handle handle);

/// The block's present owner word, read beside the mapping; 0 when the handle names no block.
std::uint64_t peek_own(const Segment& segment, Handle handle);

}  // namespace buskin::shm
