// admin_actors: from the request for an actor to its process, and what its process's end means.
//
// Floor: admin.
#include <string.h>

#include "admin/daemon/admin.hpp"
#include "api/runtime/birth.hpp"
#include "buskin/system_messages.hpp"
#include "shm/base/clock.hpp"
#include "system_generated.h"

namespace buskin::admin {

bool Admin::is_waiting_to_be_hosted(shm::ActorId actor) const {
  return shm::life_of(segment_, actor).state == shm::LifeState::Requested;
}

void Admin::create_actor(shm::ActorId actor, shm::ActorId output) {
  runtime::Birth birth;
  // Told to end before it began.
  if (!is_waiting_to_be_hosted(actor) || !runtime::read_birth(segment_, actor, birth)) return;
  if (phase_ != Phase::Running) {
    return runtime::bury_actor(courier_.thread(), actor, {Code::ShuttingDown, "the system is ending"});
  }
  const Server* const server = programs_.choose(birth.type_id, birth.program);
  if (server == nullptr) {
    const std::string why = "no program of the system has the actor type " + birth.type_name +
                            "; the programs are: " + programs_.known_paths();
    return runtime::bury_actor(courier_.thread(), actor, {Code::UnknownType, why});
  }
  if (birth.options.place.kind == Place::Kind::Shared) {
    create_in_place(actor, output, birth.options.place.name, *server);
  } else {
    fork(actor, output, 0, *server);
  }
}

void Admin::create_in_place(shm::ActorId actor, shm::ActorId output, const std::string& name, const Server& server) {
  SharedProcess& place = places_.of(name, server.program);
  const bool is_new = place.sent == 0;
  Places::note(place, actor, [this](shm::ActorId one) { return !is_waiting_to_be_hosted(one); });
  if (is_new) {
    fork(actor, output, place.id, server);
  } else if (place.mailbox == shm::ActorId{}) {
    place.waiting.push_back(actor);
  } else if (!post<protocol::HostActor>(place.mailbox, actor.word())) {
    --place.sent;
    runtime::bury_actor(courier_.thread(), actor, {Code::NoMemory, "no room for a message to its process"});
  }
}

void Admin::fork(shm::ActorId actor, shm::ActorId output, std::uint64_t place, const Server& server) {
  if (post<protocol::ForkActor>(server.mailbox, actor.word(), output.word(), place)) return;
  if (place != 0) places_.remove(place);
  runtime::bury_actor(courier_.thread(), actor,
                      {Code::StartFailed, "the fork server of " + server.path + " takes no message: it died, or memory is full"});
}

void Admin::place_is_ready(std::uint64_t id, shm::ActorId mailbox) {
  SharedProcess* const place = places_.find(id);
  if (place == nullptr) return;
  place->mailbox = mailbox;
  for (const shm::ActorId actor : std::exchange(place->waiting, {})) {
    (void)post<protocol::HostActor>(mailbox, actor.word());
  }
}

void Admin::place_is_empty(std::uint64_t id, std::uint64_t hosted) {
  SharedProcess* const place = places_.find(id);
  if (place == nullptr || place->sent != hosted) return;  // What is on its way keeps it.
  (void)post<protocol::EndPlace>(place->mailbox, id);
  places_.remove(id);
}

void Admin::place_is_gone(std::uint64_t id) {
  SharedProcess* const place = places_.find(id);
  if (place == nullptr) return;
  const std::vector<shm::ActorId> on_their_way = std::move(place->on_their_way);
  places_.remove(id);
  // Those that were sent and not hosted find another process.
  for (const shm::ActorId actor : on_their_way) create_actor(actor, {});
}

void Admin::process_ended(const detail::Incoming& incoming) {
  const auto& ended = *detail::View<protocol::ProcessEnded>(incoming.bytes).get();
  const auto actor = shm::ActorId::from_word(ended.actor());
  const bool is_forked = ended.status() >= 0;
  const std::string reason = is_forked ? end_of_process(ended.status())
                                       : std::string("no process could be forked for it: ") + ::strerror(-ended.status());
  const Known* known = is_forked ? members_.find_pid(ended.pid()) : nullptr;
  if (is_forked && known == nullptr) {
    members_.meet_all();  // It may have died before its word arrived.
    known = members_.find_pid(ended.pid());
  }
  if (known != nullptr && !members_.has_left(known->id)) {
    bury(known->id, reason);
  } else if (known != nullptr) {
    members_.forget(known->id);
  }
  // It died on its way to its actor.
  if (is_waiting_to_be_hosted(actor)) runtime::bury_actor(courier_.thread(), actor, {Code::StartFailed, reason});
  if (ended.place() != 0) place_is_gone(ended.place());
}

void Admin::member_gone(MemberId member) {
  Known* const known = members_.find(member);
  if (known == nullptr) return;  // Left, and said so.
  if (members_.has_left(member)) {
    end_creatures_of(member);
    return members_.forget(member);
  }
  if (known->role == shm::Role::Actors && programs_.has(known->program)) {
    known->dead_since_ns = shm::now_ns();  // Its fork server will say how it died.
  } else {
    bury(member, "its process died");
  }
}

void Admin::bury(MemberId member, const std::string& reason) {
  runtime::bury_process(courier_.thread(), member.index, {Code::ActorDied, reason});
  const bool was_server = programs_.remove(member);
  members_.forget(member);
  end_creatures_of(member);
  if (was_server) look_around();  // Nobody else tells of its children.
}

void Admin::end_creatures_of(MemberId creator) {
  std::vector<shm::ActorId> creatures;
  shm::for_each_actor(segment_, [&](shm::ActorId id, shm::LifeWord life) {
    // relaxed: written before the actor was asked for.
    const std::uint32_t flags = segment_.slot(id.index).flags.load_relaxed();
    runtime::Birth birth;
    if ((flags & shm::SlotFlag::kCreature) == 0 || !shm::accepts(life.state)) return;
    if (runtime::read_birth(segment_, id, birth) && birth.member == creator.word()) creatures.push_back(id);
  });
  for (const shm::ActorId id : creatures) (void)post<ActorExitRequest>(id, std::uint8_t{1});
}

}  // namespace buskin::admin
