// WaitingSends: staged sends of one turn whose receivers had no room yet.
//
// The turn stays open until each of them has room, fails at its deadline, or is called
// off. Other actors run meanwhile; the turn looks again after a pause that grows while
// nothing changes.
//
// The first of them is the actor's edge in the graph of waiters (shm/mailbox/room_waiter.hpp).
// One edge is enough: if the first can never get room, it is in a circle, or it leads to
// an actor that is not.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "buskin/error.hpp"
#include "shm/actor/turn.hpp"

namespace buskin::runtime {

/// Takes room as shm::take_room() does, but only for what may be refused: a bounded message of lane Messages. True
/// for all others, which need none.
bool take_room_if_bounded(shm::Segment& segment, shm::Staged& staged,
                             shm::Admission admission = shm::Admission::Bounded);

/// Threads: the one that runs the actor.
class WaitingSends {
 public:
  struct Send {
    std::size_t entry = 0;  ///< Its place in the turn's output.
    std::uint64_t correlation = 0;
    std::uint64_t deadline_ns = 0;
    Code late = Code::MailboxFull;  ///< What it gets at its deadline.
  };
  /// What a look for room depends on.
  struct Look {
    shm::Segment& segment;
    shm::ActorId waiter;
    bool is_called_off = false;  ///< Nothing waits any longer.
    std::uint64_t now_ns = 0;
  };
  using Failed = std::function<void(const Send&, Code)>;

  bool is_empty() const { return sends_.empty(); }
  void add(const Send& send) { sends_.push_back(send); }
  /// Does the entry wait?
  bool has(std::size_t entry) const {
    return std::any_of(sends_.begin(), sends_.end(), [entry](const Send& send) { return send.entry == entry; });
  }
  void clear() { sends_.clear(); }

  /// The turn of `waiter` stays open from here on, and waits for room for some of the staged `entries`.
  void open(shm::Segment& segment, shm::ActorId waiter, std::span<const shm::Staged> entries);
  /// Takes out the sends that have room, and those that have failed, which `failed` gets. True: none waits.
  bool settle(const Look& look, std::span<shm::Staged> entries, const Failed& failed);
  /// How long to pause before the next settle().
  std::uint64_t retry_ns() const { return retry_ns_; }
  /// The first one that has a deadline waits no longer. False: none has.
  bool expire_first();
  /// Would settle() find room for one of them, or its receiver gone?
  bool has_room(const shm::Segment& segment, std::span<const shm::Staged> entries) const;

 private:
  enum class Found : std::uint8_t { NoRoom, Room, Gone, Late };
  static Found find_room(const Look& look, const Send& send, shm::Staged& entry);
  void write_edge(shm::Segment& segment, shm::ActorId waiter, std::span<const shm::Staged> entries);
  void break_circles(const Look& look, std::span<const shm::Staged> entries, const Failed& failed);

  std::vector<Send> sends_;
  std::size_t edge_ = 0;  // The entry that the actor's edge is about, while the turn is open.
  std::uint64_t retry_ns_ = 0;
};

}  // namespace buskin::runtime
