// Carrier: a block that brings another one, as a notice brings the message that it is about.
//
//   carrier 0   owns bit 0, has a payload of its own  -+
//   carrier 1   owns bit 1, ...                       -+-> carried, SHARED, refs {gen, bits}
//   envelope    made of what a carrier brings         -+
//
// The carried block is a multicast payload: the thread that drops the last reference frees it, and a repair may repeat
// that.
//
// A carrier owns nothing before it is armed. What a death leaves of one that never was names generation 0, and frees
// nothing of a later attempt, which shares the same block in the same generation.
//
// A bit is never used twice: each carrier has bits of its own for the envelopes that its holder makes.
#pragma once

#include <span>

#include "shm/memory/multicast.hpp"

namespace buskin::shm {

/// Carriers of one block.
inline constexpr std::uint32_t kCarriersMax = 2;
/// Envelopes that can be made of what one carrier brings.
inline constexpr std::uint32_t kPassedOnMax = (RefsWord::kReferencesMax - kCarriersMax) / kCarriersMax;

/// What a new carrier brings.
struct Carried {
  Handle block{};
  std::uint32_t bit = 0;  ///< Which carrier of it this is, below kCarriersMax.
};

/// Makes a carrier, HELD and not armed, with a copy of `bytes` as its own payload. Errors as open_block().
Result<Handle, MemoryError> make_carrier(Thread& thread, const Envelope& envelope, std::span<const std::byte> bytes,
                                         const Carried& carried);

/// The carrier owns its bit from here on. `gen`: in which its block is SHARED. May be repeated.
void arm_carrier(Segment& segment, Handle carrier, std::uint64_t gen);

/// HELD by this thread -> SHARED by its carriers, HELD and numbered from 0, which become armed.
void share_with(Thread& thread, Handle carried, std::span<const Handle> carriers);

/// What the block brings; None when it is not a carrier, or not armed. The caller may read the block.
Handle carried_by(const Segment& segment, Handle handle);

/// Is the block a carrier of `carried`, armed or not?
bool brings(const Segment& segment, Handle handle, Handle carried);

/// Makes an envelope, HELD, of what `carrier` brings: the same message once more, without its correlation and its
/// deadline. Requires that the caller has the carrier in hand. TooBig: there have been kPassedOnMax.
Result<Handle, MemoryError> make_envelope_of_carried(Thread& thread, Handle carrier);

}  // namespace buskin::shm
