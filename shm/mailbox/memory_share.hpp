// MemoryShare: the part of all message memory that the large messages of one mailbox may take.
//
// It holds where a mailbox has no limit of its own (byte_quota.hpp), so that one receiver that stands still does not
// take the memory of all. Messages below kLargeBytes are not counted: the mailbox's capacity bounds them, and a send
// of them reads no word for this. The words are those of a ByteQuota, with less meaning:
//
//   bytes        large messages that lie in the lane. It may be negative for a moment: a message is added by its sender
//                after the push, and the consumer may have subtracted it before.
//   bytes_taken  what senders have taken and not added to `bytes`
//
// A large message is admitted if both sums and its bytes stay within the share, or if there is no other one. One that
// is exempt is neither refused nor counted, and has the flag kExempt.
//
//   killed                          left                       who mends it
//   after it took, before the push  bytes_taken too large      the repairer, which forgets all that is taken
//   after the push, before `bytes`  bytes too small            the consumer, when its lane is empty and none is taken
//   between the two words           counted in both            the repairer, as above
//   after `bytes`, before `done`    subtracted                 the consumer's successor: `seq` is the last subtracted
#pragma once

#include <cstdint>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// Payload bytes from which on a message is large.
inline constexpr std::uint32_t kLargeBytes = 4'096;

inline bool is_large(const Segment& segment, Handle handle) {
  // relaxed: the block is the caller's, or in its hand.
  return WhatWord::unpack(segment.block(handle).what.load_relaxed()).len >= kLargeBytes;
}

/// Threads: any; complete() the consumer's.
class MemoryShare {
 public:
  enum class Room : std::uint8_t { Taken, Full, Gone };

  MemoryShare(Segment& segment, ActorId id) : segment_(&segment), mailbox_(&segment.mailbox(id.index)), id_(id) {}

  /// Takes `bytes` of the share for a large message.
  Room take(std::uint32_t bytes) const;
  /// Gives back what was taken for a message that does not leave; nothing when the actor is gone.
  void give_back(std::uint32_t bytes) const;
  /// A message whose bytes were taken was just pushed.
  void count(std::uint32_t bytes) const;
  /// The consumer is about to store `done` = `position`. `may_be_repeated`: its predecessor had it in hand.
  void complete(std::uint64_t position, std::uint32_t bytes, bool may_be_repeated) const;

 private:
  Segment* segment_;
  Mailbox* mailbox_;
  ActorId id_;
};

/// The share of a mailbox in bytes; 0: it has none, but a limit of its own.
std::uint64_t share_of(const Segment& segment, const Mailbox& mailbox);
/// Would take() find no room now? Changes nothing.
bool lacks_share(const Segment& segment, ActorId id, std::uint32_t bytes);

}  // namespace buskin::shm
