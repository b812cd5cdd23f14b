// ActiveState: what an actor needs while it works, and an idle one does not.
//
// The readers of its lanes, what the turn under way has staged, and a turn that
// is open: its handler has returned, but some receiver has no room yet. An idle
// cell of a shared executor has none: all that must outlive it is in the segment.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "api/runtime/cell/owed_replies.hpp"
#include "api/runtime/endpoint/endpoint_base.hpp"
#include "shm/actor/replies.hpp"
#include "shm/actor/timers.hpp"
#include "shm/actor/turn.hpp"

namespace buskin::runtime {

/// A staged send whose receiver had no room.
struct Waiting {
  std::size_t entry = 0;  ///< In ActiveState::staged.
  std::uint64_t correlation = 0;
  std::uint64_t deadline_ns = 0;
};

/// What follows when nothing waits any more.
enum class After : std::uint8_t { Message, Start, Answer, Stop };

struct OpenTurn {
  After after{};
  shm::Lane lane{};
  shm::Hand hand{};
  std::uint64_t retry_ns = 0;  ///< Pause before the next look for room.
};

/// Messages of a group that is not committed yet: handled, still in their chain, what they sent still here.
struct Gathered {
  std::vector<shm::Handle> inputs;  ///< Oldest first.
  std::vector<shm::Counter> fates;  ///< Of those that were not handled.
  shm::Hand last{};                 ///< Of these.
  shm::Handle saved{};              ///< The last state that one of them saved.
  std::size_t staged = 0;           ///< Of ActiveState::staged: theirs.
  std::size_t answered = 0;         ///< Of ActiveState::answered: theirs.
  std::size_t requested = 0;           ///< Of ActiveState::unborn: theirs.
  std::uint64_t first_request = 0;  ///< Requests and timers from here on were made by them.
  std::uint64_t end_ns = 0;         ///< When it ends at the latest.
  bool is_full = false;             ///< What it sends fills some receiver.
};

struct ActiveState {
  ActiveState(shm::Segment& segment, shm::ActorIndex index)
      : lanes{shm::LaneReader(segment, index, shm::Lane::Control), shm::LaneReader(segment, index, shm::Lane::Replies),
              shm::LaneReader(segment, index, shm::Lane::Messages)} {}

  shm::LaneReader& lane(shm::Lane lane) { return lanes[static_cast<std::size_t>(lane)]; }

  std::array<shm::LaneReader, shm::kLaneCount> lanes;
  std::vector<shm::Staged> staged;
  std::vector<Waiting> waiting;
  std::optional<OpenTurn> open;
  std::unique_ptr<Gathered> group;  // Of actors with a group.
  KeptLease* kept = nullptr;     // Of the message in hand.
  Owed owed{};                   // For the message in hand, not answered yet.
  Owed passed_on{};              // For the message in hand, which went on to another actor.
  std::vector<shm::ReplyIndex> answered;  // Rows whose answer is staged.
  shm::Handle saved{};           // The next state, when the turn saved one.
  std::uint64_t turn_stamp = 0;  // Names the turn: its message's id; 0 in a hook.
  std::uint64_t first_request = 0;  // Requests from here on were made in this attempt.
  std::vector<shm::ActorId> requested;  // Children that are asked for when the turn commits.
  std::uint32_t creates = 0;     // Children created in this turn.
  std::uint32_t messages_until_look = 0;
  shm::Counter fate = shm::Counter::Handled;  // Of the message in hand, counted when it is completed.
  bool is_staging = false;       // What is sent now leaves at the end of the turn.
  bool is_repeated = false;      // The turn is not the first attempt.
  bool is_exact = false;         // The turn is one with what it makes: actors and timers, besides what it sends.
  bool is_handled = true;        // Somebody took the message in hand.
};

}  // namespace buskin::runtime
