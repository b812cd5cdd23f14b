// Payload: where a message's bytes lie, wherever that is.
//
// In the block itself behind the header, at its tail (built in place), or in a
// shared block that an envelope points to. Readers never care.
#pragma once

#include <cstdint>
#include <span>

#include "shm/memory/thread.hpp"

namespace buskin::shm {

struct PayloadView {
  std::span<std::byte> bytes;
  TypeIndex type{};
  std::uint8_t flags = 0;
  ActorId sender{};
  BlockExtension* extension = nullptr;  ///< Null when the message has none.
};

/// Requires a block that the caller may read. Cost: one look at the unit table for tails, else none.
PayloadView view_payload(const Segment& segment, Handle handle);

/// Payload bytes of a block that the caller holds, or has in hand.
std::uint64_t payload_bytes(const Segment& segment, Handle handle);
/// Does the caller still hold the block? It may have been given away, in a turn that was undone.
bool is_held(const Segment& segment, Handle handle);

/// What is to be told of a message that `receiver` will not have.
Undelivered undelivered_of(ActorId receiver, const PayloadView& mail);

/// What to write in front of a payload.
struct Envelope {
  TypeIndex type{};
  std::uint8_t flags = 0;       ///< kExtension is added when `correlation`, `deadline_ns` or `id` is set.
  ActorId sender{};
  std::uint64_t correlation = 0;
  std::uint64_t deadline_ns = 0;
  std::uint64_t id = 0;
};

/// Allocates a block for `bytes` of payload and fills the header in; the payload's place comes back
/// in `place`. Errors as Heap::allocate.
Result<Handle, MemoryError> open_block(Thread& thread, const Envelope& envelope, std::uint64_t bytes,
                                       std::span<std::byte>& place);

/// The same with `bytes` copied in as the payload.
Result<Handle, MemoryError> make_block(Thread& thread, const Envelope& envelope, std::span<const std::byte> bytes);

/// Sets the length after a payload was built at the block's tail (kTail).
void close_tail(const Segment& segment, Handle handle, std::uint32_t bytes);
/// Sets the type of a block that was opened without one, and adds to its flags. Until it is sent.
void set_type(const Segment& segment, Handle handle, TypeIndex type, std::uint8_t flags);

}  // namespace buskin::shm
