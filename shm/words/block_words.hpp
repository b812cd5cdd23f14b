// Block words: the packed 64-bit words of a block's header.
//
// A word is read once, unpacked, decided on, and packed again. The owner word
// is the single truth about a block; {block, gen} names one life of it.
//
//   own     state:4 | id:24 | gen:36
//   next    seq:28 | closed:1 | handle:35     (a HeadWord, see mailbox_words.hpp)
//   what    len:32 | type:24 | flags:8
//   sender  index:32 | gen:32                 (an ActorId)
#pragma once

#include <cstdint>

#include "shm/base/ids.hpp"

namespace buskin::shm {

/// The party that may change a block. Queued names the lane, so that evidence is sought in the right chain.
enum class BlockState : std::uint8_t {
  Free = 0,     ///< The thread whose record owns the span.
  Held = 1,     ///< Threads of the process of thread record `id`; its repairer.
  QueuedControl = 2,
  QueuedReplies = 3,
  QueuedMessages = 4,  ///< Mailbox `id`: the pusher until the CAS, afterwards the lane's consumer.
  Shared = 5,   ///< A multicast payload: the thread that clears the last reference bit.
  Saved = 6,    ///< Actor `id`: its commit routine; the process that closes the actor.
  Timed = 7,    ///< Actor `id`: its host, when the timer fires.
  Notice = 8,   ///< Actor `id`: the block is reserved for its exit or crash notice.
};

struct OwnerWord {
  BlockState state = BlockState::Free;
  std::uint32_t id = 0;   ///< 24 bits: thread record, mailbox or actor.
  std::uint64_t gen = 0;  ///< 36 bits; grows on alloc, keep, roll-back and forward.

  static constexpr std::uint64_t kGenMask = (std::uint64_t{1} << 36) - 1;
  static constexpr std::uint32_t kIdMask = (1u << 24) - 1;

  constexpr std::uint64_t pack() const {
    return std::uint64_t{static_cast<std::uint8_t>(state)} << 60 |
           std::uint64_t{id & kIdMask} << 36 | (gen & kGenMask);
  }
  static constexpr OwnerWord unpack(std::uint64_t word) {
    return {static_cast<BlockState>(word >> 60), static_cast<std::uint32_t>(word >> 36) & kIdMask,
            word & kGenMask};
  }

  static constexpr OwnerWord free(std::uint64_t gen) { return {BlockState::Free, 0, gen}; }
  static constexpr OwnerWord held(ThreadIndex thread, std::uint64_t gen) {
    return {BlockState::Held, static_cast<std::uint32_t>(thread), gen};
  }
  static constexpr OwnerWord queued(ActorIndex mailbox, Lane lane, std::uint64_t gen) {
    const auto state = static_cast<BlockState>(2 + static_cast<std::uint8_t>(lane));
    return {state, static_cast<std::uint32_t>(mailbox), gen};
  }
  constexpr bool is_queued() const {
    return state >= BlockState::QueuedControl && state <= BlockState::QueuedMessages;
  }
  /// Requires `is_queued()`.
  constexpr Lane lane() const {
    return static_cast<Lane>(static_cast<std::uint8_t>(state) - 2);
  }
};

/// Bits of WhatWord::flags.
struct BlockFlag {
  static constexpr std::uint8_t kExtension = 1;  ///< The envelope extension stands before the payload.
  static constexpr std::uint8_t kEnvelope = 2;   ///< The payload is a shared block (multicast); with kTail: a carrier.
  static constexpr std::uint8_t kRepeated = 4;   ///< Sent in a turn of attempt > 1.
  static constexpr std::uint8_t kReturned = 8;   ///< It has become the notice about itself (returned.hpp).
  static constexpr std::uint8_t kExempt = 16;    ///< Exempt from room; it has taken no bytes from a limit.
  static constexpr std::uint8_t kKept = 32;      ///< Held on purpose beyond its turn.
  static constexpr std::uint8_t kTail = 64;      ///< Built in place: the payload ends where the block ends.
};

struct WhatWord {
  std::uint32_t len = 0;   ///< Payload bytes as the receiver sees them.
  TypeIndex type{};        ///< 24 bits.
  std::uint8_t flags = 0;

  constexpr std::uint64_t pack() const {
    return std::uint64_t{len} | (to_bits(type) & 0xff'ffff) << 32 | std::uint64_t{flags} << 56;
  }
  static constexpr WhatWord unpack(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word), static_cast<TypeIndex>(word >> 32 & 0xff'ffff),
            static_cast<std::uint8_t>(word >> 56)};
  }
};

/// References of a multicast payload: one bit per envelope, under a generation.
struct RefsWord {
  std::uint64_t gen = 0;   ///< 36 bits, the payload's life.
  std::uint32_t bits = 0;  ///< 28 bits.

  static constexpr std::uint32_t kReferencesMax = 28;

  constexpr std::uint64_t pack() const { return gen << 28 | (bits & 0xfff'ffff); }
  static constexpr RefsWord unpack(std::uint64_t word) {
    return {word >> 28, static_cast<std::uint32_t>(word & 0xfff'ffff)};
  }
};

}  // namespace buskin::shm
