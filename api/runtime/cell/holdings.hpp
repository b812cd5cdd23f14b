// Holdings: what an actor holds beyond its turns. Most light actors have none.
#pragma once

#include <memory>
#include <string>

#include "api/runtime/cell/children.hpp"
#include "api/runtime/cell/life_notes.hpp"
#include "api/runtime/cell/memory_pause.hpp"
#include "api/runtime/cell/overlays.hpp"
#include "api/runtime/cell/owed_replies.hpp"
#include "api/runtime/cell/requests.hpp"
#include "api/runtime/cell/timers.hpp"

namespace buskin::runtime {

struct Holdings {
  explicit Holdings(shm::ActorId actor) : timers(actor) {}

  bool is_empty() const {
    return requests.is_empty() && timers.is_empty() && children.is_empty() && overlays.is_empty() && owed.is_empty() &&
           notes.is_empty() && !pause.is_on() && sender == nullptr;
  }

  // What happens to a turn, for those whose content depends on it.
  void commit_turn() { timers.commit_turn(); }
  void gather_turn() { timers.gather_turn(); }
  void commit_group() { timers.commit_group(); }
  /// Ids from `first_id` on were given in it; without a group: in the group as well.
  void undo_turn(std::uint64_t first_id, bool has_group) {
    requests.undo_turn(first_id);
    timers.undo_turn(first_id, has_group);
  }
  /// The instance ends, and with it what belongs to it alone.
  void end_instance() {
    overlays.clear();
    timers.end_instance();
    requests.clear();
  }

  Requests requests;
  Timers timers;
  Children children;
  Overlays overlays;
  OwedReplies owed;
  LifeNotes notes;
  MemoryPause pause;
  std::shared_ptr<detail::SenderEndpoint> sender;
  std::string log_name;  // Empty until the first line.
};

}  // namespace buskin::runtime
