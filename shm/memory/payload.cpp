// payload: blocks of the pool that hold messages and texts.
#include "shm/memory/payload.hpp"

#include "shm/memory/multicast.hpp"

namespace buskin::shm {

namespace {

const std::byte* start_of(const Segment& segment, Handle handle) {
  return reinterpret_cast<const std::byte*>(&segment.block(handle));
}

WhatWord what_of(const Segment& segment, Handle handle) {
  // relaxed: the holder wrote it before it gave the block away; it came with the acquire of the push.
  return WhatWord::unpack(segment.block(handle).what.load_relaxed());
}

bool has(std::uint8_t flags, std::uint8_t flag) { return (flags & flag) != 0; }

/// Where the bytes lie. Each level of a multicast is one envelope on the way; a carrier has bytes of its own.
std::span<const std::byte> bytes_of(const Segment& segment, Handle handle) {
  WhatWord what = what_of(segment, handle);
  // Ends: a tree of blocks that were made from the root down.
  while (owns_reference(what.flags) && !is_carrier(what.flags)) {
    const auto* const envelope =
        reinterpret_cast<const EnvelopePayload*>(start_of(segment, handle) + payload_offset(what.flags));
    handle = static_cast<Handle>(envelope->payload);
    what = what_of(segment, handle);
  }
  const std::uint64_t offset =
      has(what.flags, BlockFlag::kTail) ? block_bytes(segment, handle) - what.len : payload_offset(what.flags);
  return {start_of(segment, handle) + offset, what.len};
}

}  // namespace

PayloadView view_payload(const Segment& segment, Handle handle) {
  const WhatWord what = what_of(segment, handle);
  PayloadView view;
  view.bytes = bytes_of(segment, handle);
  view.type = what.type;
  view.flags = what.flags;
  // relaxed: as in what_of().
  view.sender = ActorId::from_word(segment.block(handle).sender.load_relaxed());
  if (has(what.flags, BlockFlag::kExtension)) {
    view.extension = reinterpret_cast<const BlockExtension*>(start_of(segment, handle) + kHeaderBytes);
  }
  return view;
}

BlockExtension* extension_if_any(Segment& segment, Handle handle) {
  if (!has(what_of(segment, handle).flags, BlockFlag::kExtension)) return nullptr;
  return reinterpret_cast<BlockExtension*>(&segment.block(handle) + 1);
}

std::uint64_t payload_bytes(const Segment& segment, Handle handle) { return what_of(segment, handle).len; }

bool is_held(const Segment& segment, Handle handle) {
  // relaxed: the caller's own block, or one that it gave away itself.
  return OwnerWord::unpack(segment.block(handle).own.load_relaxed()).state == BlockState::Held;
}

Undelivered undelivered_of(ActorId receiver, const PayloadView& mail) {
  return {receiver, mail.sender, mail.type, mail.extension != nullptr ? mail.extension->correlation : 0,
          (mail.flags & BlockFlag::kReturned) != 0};
}

Result<Handle, MemoryError> open_block(Thread& thread, const Envelope& envelope, std::uint64_t bytes,
                                       std::span<std::byte>& place) {
  if (bytes > kPayloadMax) return Failure{MemoryError::TooBig};
  const bool is_extended = (envelope.correlation | envelope.deadline_ns | envelope.id) != 0;
  const auto flags = static_cast<std::uint8_t>(envelope.flags | (is_extended ? BlockFlag::kExtension : 0));
  const std::uint64_t offset = payload_offset(flags);
  const auto made = thread.heap().allocate(offset + bytes);
  if (!made.ok()) return made;
  Segment& segment = thread.segment();
  BlockHeader& block = segment.block(made.value());
  // relaxed: ours until it is sent, which publishes it.
  block.what.store_relaxed(WhatWord{static_cast<std::uint32_t>(bytes), envelope.type, flags}.pack());
  block.sender.store_relaxed(envelope.sender.word());
  if (has(flags, BlockFlag::kExtension)) {
    auto* const extension = reinterpret_cast<BlockExtension*>(&block + 1);
    extension->correlation = envelope.correlation;
    extension->deadline_ns = envelope.deadline_ns;
    extension->link.store_relaxed(0);  // relaxed: as above.
    extension->id = envelope.id;
  }
  // A payload that is built from the end gets all the room there is.
  const std::uint64_t room = has(flags, BlockFlag::kTail) ? block_bytes(segment, made.value()) - offset : bytes;
  place = {reinterpret_cast<std::byte*>(&block) + offset, room};
  return made;
}

void close_tail(Segment& segment, Handle handle, std::uint32_t bytes) {
  WhatWord what = what_of(segment, handle);
  what.len = bytes;
  // relaxed: the block is the caller's until it is sent.
  segment.block(handle).what.store_relaxed(what.pack());
}

void set_type(Segment& segment, Handle handle, TypeIndex type, std::uint8_t flags) {
  WhatWord what = what_of(segment, handle);
  what.type = type;
  what.flags |= flags;
  // relaxed: as in close_tail().
  segment.block(handle).what.store_relaxed(what.pack());
}

void set_deadline(Segment& segment, Handle handle, std::uint64_t deadline_ns) {
  BlockExtension* const extension = extension_if_any(segment, handle);
  BUSKIN_CHECK(extension != nullptr);
  extension->deadline_ns = deadline_ns;
}

}  // namespace buskin::shm
