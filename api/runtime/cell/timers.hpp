// Timers: the timers of one actor that may still fire.
//
// A timer that is set in a turn of an ExactlyOnce actor is a block of the segment: it is
// set and cancelled with the turn, survives a restart and fires once
// (shm/actor/timers.hpp). Any other timer is a note in this object and ends with the
// instance. Either kind fires as a message of the actor to itself, behind the messages
// that wait already.
//
//   Set --cancel_with_turn--> CancelledInTurn --commit_turn---------------------> gone
//    ^                           |       +--gather_turn--> CancelledInGroup --commit_group--> gone
//    +--------undo_turn----------+----------undo_turn without its group------------+
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "buskin/detail/message_info.hpp"
#include "shm/actor/timers.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

/// Threads: the one that runs the actor.
class Timers {
 public:
  explicit Timers(shm::ActorId actor) : actor_(actor) {}

  bool is_empty() const { return timers_.empty(); }
  /// True at buskin::kTimersMax timers: the actor sets no more.
  bool is_full() const;
  /// No timer is due before; kNever_ns without timers.
  std::uint64_t due_ns() const { return timers_.empty() ? shm::kNever_ns : due_ns_; }

  /// Sets a timer that ends with the instance. `spec.id` is larger than those of the timers before.
  void set(const shm::TimerSpec& spec, const detail::MessageInfo& info, std::span<const std::byte> bytes);
  /// Sets a timer with the turn under way, whose journal takes the entry.
  shm::Result<shm::Staged, shm::MemoryError> set_with_turn(shm::Thread& thread, const shm::TimerSpec& spec,
                                                           shm::TypeIndex type, std::span<const std::byte> bytes);
  /// Cancels a timer at once.
  void cancel(shm::Thread& thread, std::uint64_t id);
  /// Cancels a timer with the turn under way, whose journal takes the entry, if there is one.
  std::optional<shm::Staged> cancel_with_turn(std::uint64_t id);

  /// Sends the message of a timer that ends with the instance. False: there is no memory for it.
  using Send = std::function<bool(const detail::MessageInfo&, std::span<const std::byte>)>;
  /// Fires the timer that is due first. False: none is due, or there is no memory for its message or its next time,
  /// and it tries again soon. Requires that no turn and no group is open.
  bool fire(shm::Thread& thread, std::uint64_t now_ns, const Send& send);

  /// The turn under way is committed.
  void commit_turn();
  /// The turn under way joins a group.
  void gather_turn();
  void commit_group();
  /// The turn under way is rolled back: the timers that it set are gone (ids from `first_id` on), those that
  /// it cancelled stand. Without a group those that a group cancelled stand as well.
  void undo_turn(std::uint64_t first_id, bool has_group);
  /// Forgets the timers that end with the instance.
  void end_instance();
  /// Takes over the timers that a former instance had set in its turns.
  void adopt(const shm::Segment& segment);

 private:
  enum class State : std::uint8_t { Set, CancelledInTurn, CancelledInGroup };
  struct Timer {
    shm::TimerSpec spec;
    shm::Handle block{};                        // None: it ends with the instance.
    const detail::MessageInfo* info = nullptr;  // Without block: what is sent.
    std::vector<std::byte> bytes{};
    State state = State::Set;
  };

  void add(Timer timer);
  bool try_again_soon(Timer& timer);
  bool fire_kept(shm::Thread& thread, Timer& timer, std::uint64_t next_due_ns);
  std::vector<Timer>::iterator find(std::uint64_t id);

  shm::ActorId actor_;
  std::uint64_t due_ns_ = 0;
  std::vector<Timer> timers_;
};

}  // namespace buskin::runtime
