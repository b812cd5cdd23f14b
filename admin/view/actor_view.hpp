// ActorView: one actor, or one client's mailbox, as the segment shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/view/option_view.hpp"
#include "api/runtime/launch/paths.hpp"
#include "buskin/address.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::view {

/// Messages that wait, in each lane.
struct MailboxView {
  std::uint64_t control = 0;
  std::uint64_t replies = 0;
  std::uint64_t messages = 0;
};

/// The actor waits in place for room in another actor's mailbox.
struct WaitView {
  Address for_room_in;
  std::uint64_t since_ns = 0;
};

struct ActorView {
  Address address;
  std::string type;            ///< Empty when no process has named it.
  std::string name;            ///< Empty for none.
  std::uint32_t pid = 0;       ///< The process that runs it; 0 while none does.
  std::string_view state;
  MailboxView mailbox;
  std::string_view idle;       ///< How its thread waits.
  std::uint32_t restarts = 0;  ///< Since it was created.
};

/// The details of one actor.
struct ActorDetails {
  ActorView actor;
  Address parent;                     ///< Nil for a top-level actor.
  std::optional<WaitView> wait;
  std::vector<OptionView> options;    ///< None for an actor without a spec.
};

/// Which mailboxes are listed.
enum class Listed : std::uint8_t {
  UserActors,
  All,  ///< Those of clients and of the system too.
};

std::vector<ActorView> view_actors(const shm::Segment& segment, Listed listed);

/// None when no such actor is there.
std::optional<ActorDetails> view_actor(const shm::Segment& segment, Address actor);

/// The actor of a name, an address, or the number in a listing. Nil for none.
Address find_actor(const shm::Segment& segment, const std::string& text);

}  // namespace buskin::view
