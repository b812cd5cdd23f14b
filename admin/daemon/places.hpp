// Places: the shared processes, one for each name and program.
//
// The admin counts the actors that it sends to a place. A place may end only when it has hosted all of them, so that
// no actor is sent to a process that is about to leave.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shm/base/check.hpp"
#include "shm/base/ids.hpp"

namespace buskin::admin {

struct SharedProcess {
  std::uint64_t id = 0;
  std::string name;
  std::uint64_t program = 0;
  shm::ActorId mailbox{};                    ///< None until it is ready.
  std::uint64_t sent = 0;                    ///< Actors that it has, or will have, to host.
  std::vector<shm::ActorId> waiting{};       ///< Actors that are sent when it is ready.
  std::vector<shm::ActorId> on_their_way{};  ///< Actors that were sent and may not be hosted yet.
};

class Places {
 public:
  /// The place of this name; a new one has `sent` 0 and must be forked.
  SharedProcess& of(const std::string& name, std::uint64_t program) {
    for (SharedProcess& place : places_) {
      if (place.name == name && place.program == program) return place;
    }
    BUSKIN_CHECK(find(++last_id_) == nullptr);  // Otherwise two processes would be taken for one.
    places_.push_back({last_id_, name, program});
    return places_.back();
  }
  /// Adds a place that a former admin asked for.
  void adopt(const SharedProcess& place) {
    if (find(place.id) == nullptr) places_.push_back(place);
  }
  /// The next new place gets the number after `id`.
  void start_at(std::uint64_t id) { last_id_ = id; }
  SharedProcess* find(std::uint64_t id) {
    for (SharedProcess& place : places_) {
      if (place.id == id) return &place;
    }
    return nullptr;
  }
  /// Removes it. Returns the actors that were sent to it and may not be hosted.
  std::vector<shm::ActorId> take(std::uint64_t id) {
    SharedProcess* const place = find(id);
    if (place == nullptr) return {};
    std::vector<shm::ActorId> actors = std::move(place->on_their_way);
    remove(id);
    return actors;
  }
  /// The place for whose mailbox `is_its` is true; 0 for none.
  std::uint64_t find_by(const std::function<bool(shm::ActorId)>& is_its) const {
    for (const SharedProcess& place : places_) {
      if (place.mailbox != shm::ActorId{} && is_its(place.mailbox)) return place.id;
    }
    return 0;
  }
  /// The places of a program whose process is not ready.
  std::vector<std::uint64_t> unready(std::uint64_t program) const {
    std::vector<std::uint64_t> found;
    for (const SharedProcess& place : places_) {
      if (place.program == program && place.mailbox == shm::ActorId{}) found.push_back(place.id);
    }
    return found;
  }
  void remove(std::uint64_t id) {
    std::erase_if(places_, [&](const SharedProcess& place) { return place.id == id; });
  }

  /// Remembers that `actor` was sent. From time to time it forgets those for which `is_hosted` is true.
  static void note(SharedProcess& place, shm::ActorId actor, const std::function<bool(shm::ActorId)>& is_hosted) {
    constexpr std::size_t kNotedMax = 1'024;
    ++place.sent;
    if (place.on_their_way.size() >= kNotedMax && place.on_their_way.size() == place.on_their_way.capacity()) {
      std::erase_if(place.on_their_way, is_hosted);
    }
    place.on_their_way.push_back(actor);
  }

 private:
  std::vector<SharedProcess> places_;
  std::uint64_t last_id_ = 0;
};

}  // namespace buskin::admin
