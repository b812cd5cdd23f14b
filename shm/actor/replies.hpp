// Replies: answers that an actor owes beyond its turn, written down so that its death answers them.
//
// The row is written under the keeper's name before `done` of the request. An
// answer and the end of the row are one: a turn whose commit word is the row's
// state. After the keeper's death its repairer answers for it.
//
//   FREE -> TAKING(thread) -> KEPT -> ANSWERED -> FREE
#pragma once

#include <functional>

#include "shm/memory/thread.hpp"

namespace buskin::shm {

struct KeptReply {
  std::uint64_t message = 0;      ///< Position of the request at its keeper: a redelivered request finds its row.
  ActorId asker{};
  std::uint64_t correlation = 0;
  std::uint64_t deadline_ns = 0;  ///< 0 for none.
  ActorId keeper{};
};

/// A row of the table.
enum class ReplyIndex : std::uint32_t {};

/// Writes down that the keeper owes an answer. The same request of the same keeper has the same row.
/// Errors: TableFull within the places that are looked at, NoSpace.
Result<ReplyIndex, MemoryError> keep_reply(Thread& thread, const KeptReply& reply);

/// Sends `answer`, HELD by this process, to the asker, and ends the row: both or none. An answer to an asker
/// that is gone is freed.
void answer_kept(Thread& thread, ReplyIndex index, Handle answer);

/// Ends the row without an answer.
void forget_kept(Segment& segment, ReplyIndex index);

/// What the row says; a default KeptReply when it is not KEPT.
KeptReply read_kept(const Segment& segment, ReplyIndex index);

/// Calls `visit` for each row in use.
void for_each_reply(const Segment& segment, const std::function<void(ReplyIndex, std::uint64_t state)>& visit);

/// The state word of a row: a state, and above it the thread record that is taking it.
struct ReplyState {
  static constexpr std::uint64_t kFree = 0;
  static constexpr std::uint64_t kTaking = 1;
  static constexpr std::uint64_t kKept = 2;
  static constexpr std::uint64_t kAnswered = 3;
  static constexpr std::uint64_t kMask = 0xff;

  static constexpr std::uint64_t taking(ThreadIndex thread) { return to_bits(thread) << 8 | kTaking; }
  static constexpr std::uint64_t thread_of(std::uint64_t word) { return word >> 8; }
};

}  // namespace buskin::shm
