// Places: the shared processes, one per name and program.
//
// A place counts what it was sent; it may end only when it has hosted all of that,
// so no actor is sent into a process that is about to leave.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shm/base/ids.hpp"

namespace buskin::admin {

struct SharedProcess {
  std::uint64_t id = 0;
  std::string name;
  std::uint64_t program = 0;
  shm::ActorId mailbox{};               ///< None until it is ready.
  std::uint64_t sent = 0;               ///< Actors that it has, or will have, to host.
  std::vector<shm::ActorId> waiting{};  ///< Until it is ready.
  std::vector<shm::ActorId> on_their_way{};  ///< Sent, and perhaps not hosted yet.
};

class Places {
 public:
  /// The place of this name; a new one has `sent` 0 and must be forked.
  SharedProcess& of(const std::string& name, std::uint64_t program) {
    for (SharedProcess& place : places_) {
      if (place.name == name && place.program == program) return place;
    }
    places_.push_back({++last_id_, name, program});
    return places_.back();
  }
  /// One that an admin before us had forked.
  void adopt(const SharedProcess& place) {
    if (find(place.id) == nullptr) places_.push_back(place);
  }
  /// Numbers of this admin's places differ from those of its predecessors.
  void start_at(std::uint64_t id) { last_id_ = id; }
  SharedProcess* find(std::uint64_t id) {
    for (SharedProcess& place : places_) {
      if (place.id == id) return &place;
    }
    return nullptr;
  }
  /// Removes it. Returns whom it was sent, and perhaps did not host.
  std::vector<shm::ActorId> take(std::uint64_t id) {
    SharedProcess* const place = find(id);
    if (place == nullptr) return {};
    std::vector<shm::ActorId> actors = std::move(place->on_their_way);
    remove(id);
    return actors;
  }
  /// The place whose mailbox `is_its`; 0 for none.
  std::uint64_t find_by(const std::function<bool(shm::ActorId)>& is_its) const {
    for (const SharedProcess& place : places_) {
      if (place.mailbox != shm::ActorId{} && is_its(place.mailbox)) return place.id;
    }
    return 0;
  }
  /// Those of a program whose process has not said that it is ready.
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

  /// Remembers that `actor` was sent; forgets, now and then, those that `is_hosted`.
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
