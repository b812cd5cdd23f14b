// ActorView: put together from the slot, the mailbox and the spec of an actor.
#include "admin/view/actor_view.hpp"

#include <charconv>

#include "admin/view/process_view.hpp"
#include "admin/view/words.hpp"
#include "api/runtime/node/actor_spec.hpp"
#include "api/runtime/node/addresses.hpp"
#include "api/runtime/recovery/member_facts.hpp"
#include "shm/actor/actors.hpp"
#include "shm/mailbox/room_waiter.hpp"
#include "shm/names/names.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::view {

namespace {

constexpr std::array<std::string_view, 11> kStates = {"free",     "reserved",  "requested", "init",
                                                      "active",   "suspended", "crashed",   "notified",
                                                      "adopting", "closing",   "drained"};

/// An actor as it was when we looked, with its spec if it has one.
struct Seen {
  shm::ActorId id{};
  shm::LifeWord life{};
  runtime::ActorSpec spec{};
  bool has_spec = false;
};

Seen look_at(const shm::Segment& segment, shm::ActorId id, shm::LifeWord life) {
  BUSKIN_CHECK(id.index != shm::ActorIndex::None);
  Seen seen{.id = id, .life = life};
  seen.has_spec = runtime::read_spec(segment, id, seen.spec);
  return seen;
}

std::string type_name_of(const shm::Segment& segment, const Seen& seen) {
  if (!seen.spec.type_name.empty()) return seen.spec.type_name;
  const shm::TypeIndex type = shm::type_of(segment, seen.id);
  if (type == shm::TypeIndex::None || !segment.is_backed(shm::Table::Types, shm::to_bits(type))) return "";
  return text_in(segment.type(type).name);
}

std::string_view state_of(const shm::Segment& segment, const Seen& seen) {
  const shm::LifeState state = seen.life.state;
  if (!shm::awaits_host(state)) return word_for(state, kStates);
  const runtime::SystemPaths paths = runtime::paths_of_segment(segment.path());
  const bool has_server = runtime::server_of(segment, seen.spec.program, paths) != 0;
  return has_server ? word_for(state, kStates) : "waiting for program";
}

ActorView view_of(const shm::Segment& segment, const Seen& seen) {
  const shm::LifeState state = seen.life.state;
  const bool has_process = state >= shm::LifeState::Init && state <= shm::LifeState::Suspended;
  const auto waiting = [&](shm::Lane lane) { return shm::pending_count(segment, seen.id.index, lane); };
  return {.address = runtime::address_in(segment, seen.id),
          .type = type_name_of(segment, seen),
          .name = shm::name_of(segment, seen.id),
          .pid = has_process ? pid_of(segment, seen.life.host) : 0,
          .state = state_of(segment, seen),
          .mailbox = {waiting(shm::Lane::Control), waiting(shm::Lane::Replies), waiting(shm::Lane::Messages)},
          .idle = word_for(seen.spec.options.run.idle, kIdles),
          .restarts = shm::restarts_total_of(segment, seen.id)};
}

std::optional<WaitView> wait_of(const shm::Segment& segment, shm::ActorId waiter) {
  const auto wait = shm::room_wait_of(segment, waiter);
  if (!wait) return std::nullopt;
  return WaitView{runtime::address_in(segment, wait->target), wait->since_ns};
}

}  // namespace

std::vector<ActorView> view_actors(const shm::Segment& segment, Listed listed) {
  std::vector<ActorView> all;
  shm::for_each_actor(segment, [&](shm::ActorId id, shm::LifeWord life) {
    if (listed == Listed::UserActors && !shm::is_user_actor(segment, id)) return;
    all.push_back(view_of(segment, look_at(segment, id, life)));
  });
  return all;
}

std::optional<ActorDetails> view_actor(const shm::Segment& segment, Address actor) {
  if (!actor || !segment.is_backed(shm::Table::Actors, actor.index())) return std::nullopt;
  const shm::ActorId id = runtime::actor_at(actor);
  const shm::LifeWord life = shm::life_of(segment, id);
  if (life.state == shm::LifeState::Free) return std::nullopt;
  const Seen seen = look_at(segment, id, life);
  return ActorDetails{.actor = view_of(segment, seen),
                      .parent = runtime::address_in(segment, shm::parent_of(segment, id)),
                      .wait = wait_of(segment, id),
                      .options = seen.has_spec ? view_options(seen.spec.options) : std::vector<OptionView>()};
}

Address find_actor(const shm::Segment& segment, const std::string& text) {
  if (const auto address = Address::parse(text)) {
    return address->system() == segment.system_id() ? *address : Address();
  }
  const shm::ActorId named = shm::find_name(segment, text);
  if (named != shm::ActorId{}) return runtime::address_in(segment, named);
  std::uint32_t index = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), index);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return {};
  Address found;
  shm::for_each_actor(segment, [&](shm::ActorId id, shm::LifeWord) {
    if (shm::to_bits(id.index) == index) found = runtime::address_in(segment, id);
  });
  return found;
}

}  // namespace buskin::view
