// Multicast: one payload, many readers, no counter.
//
// A shared payload has a bit per reference; clearing one's own bit is
// idempotent, so a repair may repeat it where a decrement could not be. Each
// receiver gets a 64-byte envelope that owns one bit. More than 28 receivers
// share through a tree of group blocks.
//
// Order: all envelopes exist and name their bit before the payload is SHARED.
#pragma once

#include <span>

#include "shm/memory/payload.hpp"

namespace buskin::shm {

/// Turns the HELD block `payload` into a shared one and fills `envelopes` with one HELD block per
/// receiver. On an error nothing is shared and `payload` is HELD as before.
Result<Done, MemoryError> share(Thread& thread, Handle payload, std::span<Handle> envelopes);

/// Releases a block: an envelope clears its bit first, and the last envelope frees the payload.
/// Requires a block HELD by this process, or just completed from one of its mailboxes.
/// Cost: for a plain block that of freeing it.
void drop(Thread& thread, Handle handle);

/// The same by a CAS from the exact owner word, for repairers: may be repeated. False when the block has
/// another word by now: another thread has freed it, or holds it.
bool drop_exact(Thread& thread, Handle handle, std::uint64_t own);

/// Makes a block HELD by `thread` that this process has in hand (keep), in a new generation,
/// and notes a foreign span in the record's filter.
void hold(Thread& thread, Handle handle);
/// The same by a CAS from the exact owner word. False when the block has another word by now.
bool hold_exact(Thread& thread, Handle handle, std::uint64_t own);

namespace detail {

void release_envelope(Thread& thread, Handle handle);
/// The reference of an envelope, a group or a carrier.
EnvelopePayload& reference_of(const Segment& segment, Handle handle);
/// Makes an envelope, HELD, with the type, sender and extension of `payload`. `more`: bits of BlockFlag.
Result<Handle, MemoryError> make_envelope(Thread& thread, Handle payload, const EnvelopePayload& reference,
                                          std::uint8_t more = 0);
/// HELD -> SHARED. Requires that all who own a reference exist.
void set_shared(Thread& thread, Handle handle);

}  // namespace detail

inline void drop(Thread& thread, Handle handle) {
  // relaxed: the holder wrote it before it gave the block away.
  const WhatWord what = WhatWord::unpack(thread.segment().block(handle).what.load_relaxed());
  if (owns_reference(what.flags)) [[unlikely]] detail::release_envelope(thread, handle);
  thread.heap().free(handle);
}

}  // namespace buskin::shm
