// Block: the first 32 bytes of every piece of message memory, and its extensions.
//
//   offset  size  field
//        0     8  own      OwnerWord; the single truth about the block
//        8     8  next     HeadWord that the pusher saw, or kNil
//       16     8  what     WhatWord: payload bytes, type, flags
//       24     8  sender   ActorId of this system
//       32        payload, or first the extension
//
// The header travels in the payload's first cache line. The short extension
// (flag kExtension) costs half a line more, so that a request of 64 bytes still
// fits two lines; the long one (kLongExtension) is for messages from or to
// another system.
//
// Who writes what: the party that `own` names writes `own` (block_words.hpp);
// the holder writes the rest, before the push.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "shm/base/atomic.hpp"
#include "shm/words/block_words.hpp"

namespace buskin::shm {

struct BlockHeader {
  Atomic<std::uint64_t> own;
  Atomic<std::uint64_t> next;
  Atomic<std::uint64_t> what;
  Atomic<std::uint64_t> sender;
};
static_assert(std::is_standard_layout_v<BlockHeader>);
static_assert(sizeof(BlockHeader) == 32);

/// A header that was read beside the mapping (Segment::peek_header()): the block may be gone since.
struct HeaderWords {
  std::uint64_t own = 0;
  std::uint64_t next = 0;
  std::uint64_t what = 0;
  std::uint64_t sender = 0;
};
static_assert(sizeof(HeaderWords) == sizeof(BlockHeader));
static_assert(offsetof(HeaderWords, next) == offsetof(BlockHeader, next));
static_assert(offsetof(HeaderWords, what) == offsetof(BlockHeader, what));
static_assert(offsetof(HeaderWords, sender) == offsetof(BlockHeader, sender));

struct BlockExtension {
  std::uint64_t correlation;  ///< Joins a reply to its request; 0 for none.
  std::uint64_t deadline_ns;  ///< now_ns() at which the message expires; 0 for never.
  Atomic<std::uint64_t> link;  ///< Next TIMED block of the same actor, or next record of a saved state.
  std::uint64_t id;           ///< Message id given by its first sender; 0 for "by position".
};
static_assert(sizeof(BlockExtension) == 32);

struct BlockLongExtension {
  std::uint64_t sender_system;  ///< System of the first sender.
  std::uint64_t target;         ///< ActorId of the final receiver in `target_system`.
  std::uint64_t target_system;
  std::uint64_t reserved;
  std::uint64_t trace[2];       ///< Trace id.
  std::uint64_t span;
  std::uint64_t reserved2;
};
static_assert(sizeof(BlockLongExtension) == 64);

/// Flag bit beside those of BlockFlag: the long extension follows the short one.
inline constexpr std::uint8_t kLongExtension = 128;

inline constexpr std::size_t kHeaderBytes = sizeof(BlockHeader);

/// Payload of an envelope block: which reference of which shared payload it owns. A carrier has it too, before a
/// payload of its own.
struct EnvelopePayload {
  std::uint64_t payload;  ///< Handle of the SHARED block (or of the next group level).
  std::uint64_t bit;      ///< Index of the bit this envelope owns in its RefsWord.
  std::uint64_t gen;      ///< Generation the bit belongs to.
  std::uint64_t passed_on;  ///< How many envelopes the holder of a carrier has made of what it carries.
};
static_assert(sizeof(EnvelopePayload) == 32);

/// Does the block own a reference of a shared block? It stands at payload_offset().
constexpr bool owns_reference(std::uint8_t flags) { return (flags & BlockFlag::kEnvelope) != 0; }
/// A carrier owns a reference, and has a payload of its own, which ends where the block ends.
inline constexpr std::uint8_t kCarrier = BlockFlag::kEnvelope | BlockFlag::kTail;
constexpr bool is_carrier(std::uint8_t flags) { return (flags & kCarrier) == kCarrier; }

/// Bytes before the payload.
constexpr std::size_t payload_offset(std::uint8_t flags) {
  std::size_t offset = kHeaderBytes;
  if ((flags & BlockFlag::kExtension) != 0) offset += sizeof(BlockExtension);
  if ((flags & kLongExtension) != 0) offset += sizeof(BlockLongExtension);
  return offset;
}

}  // namespace buskin::shm
