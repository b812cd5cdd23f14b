// Placement: from an actor to the message that asks for its process.
#include "admin/daemon/placement.hpp"

#include <utility>

#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/recovery/restart_decision.hpp"
#include "shm/base/check.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::admin {

namespace {

/// A test of actors: no process has to be found for the actor, because it has one or is closed.
auto hosted_in(const shm::Segment& segment) {
  return [&segment](shm::ActorId actor) { return !shm::awaits_host(segment, actor); };
}

}  // namespace

Placement::Placement(const AdminContext& context, const SystemPhases& phases, const Programs& programs,
                     const Adoption& adoption, runtime::RestartSchedule& schedule)
    : context_(context), phases_(phases), programs_(programs), adoption_(adoption), schedule_(schedule) {
  BUSKIN_CHECK(context_.epoch != 0);       // The number 0 means no place.
  places_.start_at(context_.epoch << 32);  // So that numbers differ from those of former admins.
}

void Placement::place(shm::ActorId actor) {
  const shm::LifeState state = shm::life_of(context_.segment(), actor).state;
  // It may have been closed before it started, or asked for twice because an admin died in between.
  if (!shm::awaits_host(state) || schedule_.is_asked(actor)) return;
  runtime::ActorSpec spec;
  if (!runtime::read_spec(context_.segment(), actor, spec)) return;
  // A fork server may have taken its restart on while this admin was stopped.
  if (state == shm::LifeState::Notified && !runtime::claim_restart(context_.thread(), actor)) return;
  if (!phases_.is_running()) {
    return runtime::close_actor(context_.thread(), actor, {Code::ShuttingDown, "the system is ending"});
  }
  place(actor, spec);
}

void Placement::place(shm::ActorId actor, const runtime::ActorSpec& spec) {
  const Server* const server = adoption_.is_settling() ? nullptr : programs_.choose(spec.type_id, spec.program);
  if (server == nullptr) return wait_for_program(actor, spec);
  if (spec.options.place.kind == Place::Kind::Shared) {
    place_shared(actor, spec.options.place.name, *server);
  } else {
    fork(actor, 0, *server);
  }
}

void Placement::place_all(const std::vector<shm::ActorId>& actors) {
  for (const shm::ActorId actor : actors) {
    if (!schedule_.contains(actor)) place(actor);
  }
}

void Placement::wait_for_program(shm::ActorId actor, const runtime::ActorSpec& spec) {
  const bool is_restart = shm::life_of(context_.segment(), actor).state == shm::LifeState::Notified;
  if (is_restart || adoption_.is_settling() || programs_.is_expected(spec.program)) {
    return schedule_.add_waiting(actor, context_.now_ns());
  }
  const std::string why = "no program of the system has the actor type " + spec.type_name +
                          "; the programs are: " + programs_.known_paths();
  runtime::close_actor(context_.thread(), actor, {Code::UnknownType, why});
}

void Placement::place_shared(shm::ActorId actor, const std::string& name, const Server& server) {
  schedule_.remove(actor);
  // Another process may have repaired the process of this place. Actors that were sent there and did not arrive get a
  // new place first.
  if (const SharedProcess& there = places_.of(name, server.program);
      there.mailbox != shm::ActorId{} && !shm::is_open(context_.segment(), there.mailbox)) {
    place_all(remove_place(there.id));
  }
  SharedProcess& place = places_.of(name, server.program);
  const bool is_new = place.sent == 0 && place.mailbox == shm::ActorId{};
  Places::note(place, actor, hosted_in(context_.segment()));
  if (is_new) {
    fork(actor, place.id, server);
  } else if (place.mailbox == shm::ActorId{}) {
    place.waiting.push_back(actor);
  } else {
    send_to_place(place, actor);
  }
}

/// One that does not arrive is not counted, so that the place can end.
void Placement::send_to_place(SharedProcess& place, shm::ActorId actor) {
  BUSKIN_CHECK(place.mailbox != shm::ActorId{} && place.sent > 0);  // It is ready, and the actor is counted.
  if (context_.service.post<protocol::HostActor>(place.mailbox, actor.word())) return;
  --place.sent;
  std::erase(place.on_their_way, actor);
  lack_memory(actor, "there is no memory for a message to its process");
}

void Placement::lack_memory(shm::ActorId actor, const std::string& reason) {
  const shm::LifeState state = shm::life_of(context_.segment(), actor).state;
  if (state == shm::LifeState::Requested) {
    runtime::close_actor(context_.thread(), actor, {Code::NoMemory, reason});
  } else if (const auto due_ns = runtime::postpone_restart(context_.thread(), actor, context_.now_ns())) {
    schedule_.add_due(actor, *due_ns);
  }
}

void Placement::fork(shm::ActorId actor, std::uint64_t place, const Server& server) {
  BUSKIN_CHECK(!schedule_.is_asked(actor));  // Otherwise it would get two processes.
  schedule_.add_asked(actor, server.member);
  if (context_.service.post<protocol::ForkActor>(server.mailbox, actor.word(), place)) return;
  schedule_.remove(actor);
  if (place != 0) places_.remove(place);
  if (!shm::is_open(context_.segment(), server.mailbox)) {
    schedule_.add_waiting(actor, context_.now_ns());  // It died, and its standby takes over.
  } else {
    lack_memory(actor, "there is no memory for a message to the fork server of " + server.path);
  }
}

void Placement::open_place(const protocol::PlaceReady& ready) {
  if (places_.find(ready.place()) == nullptr) {
    // A former admin asked for it.
    places_.adopt({.id = ready.place(),
                   .name = ready.name() == nullptr ? "" : ready.name()->str(),
                   .program = ready.program(),
                   .sent = ready.hosted()});
  }
  SharedProcess& place = *places_.find(ready.place());
  // Actors wait only for a place that is not ready.
  BUSKIN_CHECK(place.waiting.empty() || place.mailbox == shm::ActorId{});
  place.mailbox = shm::ActorId::from_word(ready.mailbox());
  for (const shm::ActorId actor : std::exchange(place.waiting, {})) send_to_place(place, actor);
}

void Placement::end_place_if_empty(const protocol::PlaceEmpty& empty) {
  const SharedProcess* const place = places_.find(empty.place());
  if (place == nullptr || place->sent != empty.hosted()) return;  // More actors are on their way.
  // Without memory for the message the place stays, and reports again that it is empty.
  const bool is_told = context_.service.post<protocol::EndPlace>(place->mailbox, place->id);
  if (is_told || !shm::is_open(context_.segment(), place->mailbox)) places_.remove(empty.place());
}

std::vector<shm::ActorId> Placement::remove_place(std::uint64_t id) {
  std::vector<shm::ActorId> actors = places_.take(id);
  std::erase_if(actors, hosted_in(context_.segment()));
  return actors;
}

std::vector<shm::ActorId> Placement::remove_place_of(shm::ProcessIndex process) {
  return remove_place(
      places_.find_by([&](shm::ActorId mailbox) { return shm::life_of(context_.segment(), mailbox).host == process; }));
}

std::vector<shm::ActorId> Placement::remove_closed_place() {
  return remove_place(
      places_.find_by([&](shm::ActorId mailbox) { return !shm::is_open(context_.segment(), mailbox); }));
}

}  // namespace buskin::admin
