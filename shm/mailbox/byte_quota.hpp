// ByteQuota: the limit of a mailbox on the payload bytes that lie in its lane Messages.
//
//   bytes        what lies in the lane: was pushed, and is not completed
//   bytes_taken  what senders have taken from the limit for messages that are not pushed yet
//
// A sender takes its bytes before it pushes, if both sums together with them stay within the limit. A message
// that is staged takes them when it is staged, and is pushed with its turn. Notices, timers and other exempt
// messages take nothing and are never refused, but they are counted.
//
// Every position of the chain is counted once, by any sender or by the consumer: `bytes` grows, and `bytes_taken`
// shrinks if the block says that its bytes were taken. Both words carry the position up to which they are counted.
// It is the newest or the one before, because nobody pushes, takes or completes before the newest position
// is counted. So a sender may die between its push and the count.
//
//   killed                          left                          who mends it
//   after it took, before the push  bytes_taken too large         the repairer, which forgets all that is taken
//   after the push                  the position is not counted   the next sender, or the consumer
//   after `bytes`, before `done`    the position is out of bytes  the consumer's successor, by `is_odd`
//
// The repairer also forgets the bytes that living senders have taken at that moment. They push all the same,
// so the limit can be passed by that much, once. Nothing stays wrong, because `bytes` comes from the chain.
// A send that was forgotten takes less from `bytes_taken` when it is pushed: as much as there is.
//
// A slot's next actor begins with new words. take() and give_back() belong to one actor: they look at the words
// first and at the actor's generation then, so a word that was seen in its life is changed in its life, or the CAS
// fails.
#pragma once

#include <cstdint>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// Largest limit; a larger one is cut to it. It leaves room in a ByteWord for what is exempt.
inline constexpr std::uint64_t kByteLimitMax = std::uint64_t{1} << 43;

/// Counts the positions of lane Messages of a mailbox that has a limit, whichever actor it belongs to.
class ByteCount {
 public:
  ByteCount(Segment& segment, ActorIndex index) : segment_(&segment), mailbox_(&segment.mailbox(index)) {}

  /// Payload bytes that lie in the lane. Counts the newest position first.
  std::uint64_t pending() const;
  /// What is taken for messages that are not pushed.
  std::uint64_t taken() const;

  /// Counts the newest position if nobody has. Returns `in`, up to which all is counted; or a closed one, whose
  /// words nobody reads any more.
  std::uint64_t settle() const;
  /// Counts a position that was just pushed.
  void count(std::uint32_t position, std::uint32_t bytes, bool is_taken) const;
  /// The consumer is about to store `done` = `position`, whose block is `handle`. May be repeated.
  void complete(std::uint64_t position, Handle handle) const;

 protected:
  Mailbox& mailbox() const { return *mailbox_; }

 private:
  void count_block(std::uint32_t position, Handle handle) const;
  bool lacks(const ByteWord& word, std::uint32_t position) const;

  Segment* segment_;
  Mailbox* mailbox_;
};

/// The limit of one actor's mailbox.
class ByteQuota : public ByteCount {
 public:
  enum class Room : std::uint8_t { Taken, Full, Gone };

  ByteQuota(Segment& segment, ActorId id) : ByteCount(segment, id.index), gen_(id.gen) {}

  /// Takes `bytes` from the limit. Full: not enough is left. Gone: the actor takes no messages any more.
  Room take(std::uint64_t bytes) const;
  /// Gives back what was taken for a message that does not leave; nothing when the actor is gone.
  void give_back(std::uint64_t bytes) const;
  /// Forgets all that is taken: a process that may have taken some is dead.
  void forget_taken() const { give_back(ByteWord::kBytesMask); }

 private:
  std::uint32_t gen_;
};

// For a look that changes nothing: the newest position may not be counted yet.
/// Payload bytes that lie in the lane.
std::uint64_t bytes_in_lane(const Mailbox& mailbox);
/// The same, and what is taken.
std::uint64_t bytes_in_use(const Mailbox& mailbox);

/// Called before lane Messages opens at position `seq`, for every mailbox: a count of a former life must not show.
void open_byte_quota(Mailbox& mailbox, std::uint32_t seq);

}  // namespace buskin::shm
