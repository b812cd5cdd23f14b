// Payload: the bytes of a message, wherever they lie.
//
// In the block itself behind the header, at its tail (built in place), or in a
// shared block that an envelope points to. Readers never care.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "shm/memory/thread.hpp"

namespace buskin::shm {

struct PayloadView {
  std::span<const std::byte> bytes;
  TypeIndex type{};
  std::uint8_t flags = 0;
  ActorId sender{};
  const BlockExtension* extension = nullptr;  ///< Null when the message has none.
};

/// Requires a block that the caller may read. Cost: a look at the unit table, for tails only.
PayloadView view_payload(const Segment& segment, Handle handle);

/// The extension of a block that the caller holds; null when it has none.
BlockExtension* extension_if_any(Segment& segment, Handle handle);

/// Payload bytes of a block that the caller holds, or has in hand.
std::uint64_t payload_bytes(const Segment& segment, Handle handle);
/// Does the caller still hold the block? A turn that was undone may have given it away.
bool is_held(const Segment& segment, Handle handle);

/// What to report about a message that `receiver` will not get.
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

/// The same, with a copy of `bytes` as the payload.
inline Result<Handle, MemoryError> make_block(Thread& thread, const Envelope& envelope,
                                              std::span<const std::byte> bytes) {
  std::span<std::byte> place;
  const auto block = open_block(thread, envelope, bytes.size(), place);
  if (block.ok() && !bytes.empty()) std::memcpy(place.data(), bytes.data(), bytes.size());
  return block;
}

/// Sets the length after a payload was built at the block's tail (kTail).
void close_tail(Segment& segment, Handle handle, std::uint32_t bytes);
/// Sets the type of a block that was opened without one, and adds to its flags. Before it is sent.
void set_type(Segment& segment, Handle handle, TypeIndex type, std::uint8_t flags);
/// Sets the deadline of a block that was opened with an extension; 0 for never. Before it is sent.
void set_deadline(Segment& segment, Handle handle, std::uint64_t deadline_ns);

}  // namespace buskin::shm
