// ActiveState: what an actor needs while it works, and an idle one does not.
//
// An idle cell of a shared executor has none: what must outlive it is in the segment or
// in Holdings.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "api/runtime/cell/group.hpp"
#include "api/runtime/cell/look_pace.hpp"
#include "api/runtime/cell/outcome.hpp"
#include "api/runtime/cell/requests.hpp"
#include "api/runtime/cell/turn_output.hpp"
#include "api/runtime/cell/turn_state.hpp"
#include "api/runtime/cell/waiting_sends.hpp"
#include "api/runtime/endpoint/kept_lease.hpp"

namespace buskin::runtime {

/// The step that follows a turn: Message for that of a message, the others for turns without one.
enum class After : std::uint8_t { Message, Start, Stop, Other };

/// A turn whose handler has returned, and some of whose sends wait for room.
struct OpenTurn {
  After after{};
  shm::Lane lane{};
  shm::Hand hand{};
};

/// A turn whose handler threw or crashed, or one that found no memory.
struct FailedTurn {
  Outcome outcome;
  shm::Lane lane{};
  shm::Hand hand{};
  bool is_in_hand = false;       ///< Its message is neither completed nor given up.
  bool is_group_undone = false;  ///< Its message and those before it, a group, are handled again.
  bool is_put_off = false;       ///< Neither: it found no memory, is undone, and is handled again later.
};

struct ActiveState {
  ActiveState(shm::Segment& segment, shm::ActorIndex index)
      : lanes{shm::LaneReader(segment, index, shm::Lane::Control), shm::LaneReader(segment, index, shm::Lane::Replies),
              shm::LaneReader(segment, index, shm::Lane::Messages)} {}

  shm::LaneReader& lane(shm::Lane lane) { return lanes[static_cast<std::size_t>(lane)]; }
  bool has_mail() {
    return std::any_of(lanes.begin(), lanes.end(), [](shm::LaneReader& reader) { return reader.poll(); });
  }
  /// Mail that does not wait behind messages.
  bool has_pressing_mail() { return lane(shm::Lane::Control).poll() || lane(shm::Lane::Replies).poll(); }
  bool is_gathering() const { return group != nullptr && group->is_open(); }

  std::array<shm::LaneReader, shm::kLaneCount> lanes;
  TurnState turn;
  TurnOutput output;
  WaitingSends waiting;
  KeptLease* lease = nullptr;              // The message in hand, when its handler keeps it.
  LentCopy lent;                           // What its handler reads, where that is a copy.
  std::unique_ptr<Group> group;            // Only in an actor that groups its messages.
  std::optional<OpenTurn> open;
  std::optional<Requests::Ended> answered;  // The request whose continuation runs.
  std::vector<Owed> dropped;  // Answers that an exception has dropped, or the end of a turn that failed.
  bool is_undoing = false;    // What is dropped now goes there.
  std::unique_ptr<FailedTurn> failed;
  LookPace pace;
};

}  // namespace buskin::runtime
