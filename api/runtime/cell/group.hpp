// Group: several messages of an actor that commit as one turn.
//
// Each is begun, handled, and stays in the chain; what it makes stays here. The group
// commits when it is large or old enough, and before anything else happens: a message of
// another lane, a wait, the actor's end.
//
// A failure concerns one message alone. One whose handler throws, or whose sends find no
// room, is parted from the group, which commits before it. One that was begun before a
// crash does not join, so that a message that kills is charged alone.
//
// An actor with on_save is asked for its state once per group, and only after a message
// that succeeded: what a handler left half done must not be saved. So when a handler of
// such an actor throws, the whole group is rolled back, and a new instance handles its
// messages alone.
//
// Invariant: the messages are the last ones that the lane's reader has begun, in order.
#pragma once

#include <cstdint>
#include <vector>

#include "api/runtime/cell/turn_output.hpp"
#include "buskin/options.hpp"

namespace buskin::runtime {

/// Threads: the one that runs the actor.
class Group {
 public:
  /// Is a message begun as one of a group, by an actor with these limits?
  static bool takes(const buskin::Group& limits, shm::Lane lane, const shm::Hand& hand) {
    return limits.messages > 1 && lane == shm::Lane::Messages && !hand.redelivered && hand.attempts == 0;
  }

  /// Has it messages that are not committed?
  bool is_open() const { return !messages_.empty(); }
  /// Before its first message. Requests and timers from `first_id` on are its own; it commits at `end_ns` at the
  /// latest.
  void begin(std::uint64_t first_id, std::uint64_t end_ns);
  /// The message, handled, joins with what its turn has made.
  void add(shm::Thread& thread, const shm::Hand& hand, shm::Counter fate, TurnOutput& output);
  /// What on_save has made joins. Requires is_open().
  void add_saved(shm::Thread& thread, TurnOutput& output);
  /// A message is staged, beside what its turn has made: the group is over when its receiver has no further place,
  /// or when bytes of its receiver's limit were taken.
  void note_staged(const shm::Segment& segment, const shm::Staged& staged, shm::Admission admission,
                   const TurnOutput& beside);
  /// It commits after the message in hand.
  void close() { is_closed_ = true; }

  /// Is it to commit now, whatever the time?
  bool is_full(const shm::Segment& segment, shm::ActorId actor, std::uint32_t messages_max) const;
  std::uint64_t end_ns() const { return end_ns_; }

  /// Takes the memory that its commit needs. False: there is none.
  bool reserve(shm::Thread& thread) { return output_.reserve(thread); }
  /// Commits all its messages. Requires is_open() and reserve().
  void commit(shm::Thread& thread, shm::LaneReader& reader);
  /// The children that its turns have made, after the commit.
  std::vector<shm::ActorId> take_children() { return output_.take_children(); }

  /// Nothing of it has happened: its messages are handled again. Requires is_open().
  struct Forgotten {
    std::uint64_t first_id = 0;            ///< Its requests and timers are the caller's to undo,
    std::vector<shm::ReplyIndex> rows{};   ///< and the answers that it gave,
    std::vector<shm::ActorId> children{};  ///< and its children.
  };
  Forgotten forget(shm::Thread& thread);

 private:
  std::vector<shm::Handle> messages_;  // Oldest first.
  std::vector<shm::Counter> fates_;    // One for each message that was not handled.
  shm::Hand last_{};
  TurnOutput output_;
  std::uint64_t first_id_ = 0;
  std::uint64_t end_ns_ = 0;
  bool is_closed_ = false;
};

}  // namespace buskin::runtime
