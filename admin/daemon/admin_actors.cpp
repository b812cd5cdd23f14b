// admin_actors: from the request for an actor to its process, and what its process's end means.
#include <string.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "admin/daemon/admin.hpp"
#include "api/runtime/node/actor_spec.hpp"
#include "buskin/system_messages.hpp"
#include "shm/base/clock.hpp"
#include "system_generated.h"

namespace buskin::admin {

void Admin::create_actor(shm::ActorId actor) {
  runtime::ActorSpec spec;
  // Told to end before it began; or asked for twice, because an admin died between.
  if (!is_waiting_to_be_hosted(actor) || on_their_way_.contains(actor.word())) return;
  if (!runtime::read_spec(segment_, actor, spec)) return;
  // Or its restart is a fork server's, who saw its process die while we were stopped.
  const bool is_born = shm::life_of(segment_, actor).state == shm::LifeState::Notified;
  if (is_born && !runtime::is_restart_ours(system_sender_.thread(), actor)) return;
  if (phase_ != Phase::Running) {
    return runtime::close_actor(system_sender_.thread(), actor, {Code::ShuttingDown, "the system is ending"});
  }
  const Server* const server = settle_at_ns_ == 0 ? programs_.choose(spec.type_id, spec.program) : nullptr;
  if (server == nullptr) {
    wait_for_program(actor, spec);
  } else if (spec.options.place.kind == Place::Kind::Shared) {
    create_in_place(actor, spec.options.place.name, *server);
  } else {
    fork(actor, 0, *server);
  }
}

void Admin::wait_for_program(shm::ActorId actor, const runtime::ActorSpec& spec) {
  const bool is_restart = shm::life_of(segment_, actor).state == shm::LifeState::Notified;
  if (is_restart || settle_at_ns_ != 0 || programs_.is_expected(spec.program)) {
    (void)waiting_.emplace(actor, shm::now_ns());
    return;
  }
  const std::string why = "no program of the system has the actor type " + spec.type_name +
                          "; the programs are: " + programs_.known_paths();
  runtime::close_actor(system_sender_.thread(), actor, {Code::UnknownType, why});
}

void Admin::retry_waiting() {
  for (const auto& [actor, since] : std::exchange(waiting_, {})) {
    create_actor(actor);
    // The time it has waited counts on.
    if (const auto again = waiting_.find(actor); again != waiting_.end()) again->second = since;
  }
}

void Admin::create_in_place(shm::ActorId actor, const std::string& name, const Server& server) {
  // Its process died, and somebody else mended that; what was sent into it, and did not arrive, is found then.
  if (const SharedProcess& there = places_.of(name, server.program);
      there.mailbox != shm::ActorId{} && !shm::is_open(segment_, there.mailbox)) {
    create_again(take_place(there.id));
  }
  SharedProcess& place = places_.of(name, server.program);
  const bool is_new = place.sent == 0;
  Places::note(place, actor, [this](shm::ActorId one) { return !is_waiting_to_be_hosted(one); });
  if (is_new) {
    fork(actor, place.id, server);
  } else if (place.mailbox == shm::ActorId{}) {
    place.waiting.push_back(actor);
  } else if (!post<protocol::HostActor>(place.mailbox, actor.word())) {
    --place.sent;
    close(actor, "there is no memory for a message to its process");
  }
}

void Admin::fork(shm::ActorId actor, std::uint64_t place, const Server& server) {
  on_their_way_[actor.word()] = server.member;
  if (post<protocol::ForkActor>(server.mailbox, actor.word(), place)) return;
  on_their_way_.erase(actor.word());
  if (place != 0) places_.remove(place);
  if (!shm::is_open(segment_, server.mailbox)) {
    (void)waiting_.emplace(actor, shm::now_ns());  // It died: its standby takes over.
  } else {
    close(actor, "there is no memory for a message to the fork server of " + server.path);
  }
}

void Admin::place_is_ready(const detail::Incoming& incoming) {
  const auto& said = *detail::View<protocol::PlaceReady>(incoming.bytes).get();
  const auto mailbox = shm::ActorId::from_word(said.mailbox());
  if (places_.find(said.place()) == nullptr) adopt_place(incoming);
  SharedProcess* const place = places_.find(said.place());
  if (place == nullptr) return;
  place->mailbox = mailbox;
  for (const shm::ActorId actor : std::exchange(place->waiting, {})) {
    (void)post<protocol::HostActor>(mailbox, actor.word());
  }
  has_answered();
}

void Admin::place_is_empty(std::uint64_t id, std::uint64_t hosted) {
  SharedProcess* const place = places_.find(id);
  if (place == nullptr || place->sent != hosted) return;  // What is on its way keeps it.
  (void)post<protocol::EndPlace>(place->mailbox, id);
  places_.remove(id);
}

/// The place is gone. Returns whom it had not hosted yet; those that it had are the reaper's business.
std::vector<shm::ActorId> Admin::take_place(std::uint64_t id) {
  std::vector<shm::ActorId> actors = places_.take(id);
  std::erase_if(actors, [this](shm::ActorId actor) { return !is_waiting_to_be_hosted(actor); });
  return actors;
}

void Admin::create_again(const std::vector<shm::ActorId>& actors) {
  for (const shm::ActorId actor : actors) {
    if (!is_scheduled(actor)) create_actor(actor);
  }
}

void Admin::joined(const detail::Incoming& incoming) {
  const auto& said = *detail::View<protocol::Joined>(incoming.bytes).get();
  const shm::ActorId actor{static_cast<shm::ActorIndex>(incoming.sender.index()), incoming.sender.generation()};
  on_their_way_.erase(actor.word());
  Known* const known = members_.meet({static_cast<shm::ProcessIndex>(said.process()), said.generation()});
  if (known != nullptr) known->actor = actor;
}

/// The actor has a process on its way; whoever was to follow it into this place gets another.
void Admin::place_will_not_come(std::uint64_t place, shm::ActorId first) {
  std::vector<shm::ActorId> unhosted = take_place(place);
  std::erase(unhosted, first);
  create_again(unhosted);
}

void Admin::process_ended(const detail::Incoming& incoming) {
  const auto& ended = *detail::View<protocol::ProcessEnded>(incoming.bytes).get();
  const auto actor = shm::ActorId::from_word(ended.actor());
  if (ended.status() == -EALREADY) return place_will_not_come(ended.place(), actor);
  const bool is_forked = ended.status() >= 0;
  const std::string reason = is_forked ? runtime::end_of_process(ended.status())
                                       : std::string("no process could be forked for it: ") + ::strerror(-ended.status());
  on_their_way_.erase(actor.word());
  // Before its actors are restarted: they need another one.
  const std::vector<shm::ActorId> unhosted = take_place(ended.place());
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
  create_again(unhosted);
  // It died on its way to its actor: by a signal, that is a crash like others; else it said no.
  const bool is_unborn = shm::life_of(segment_, actor).state == shm::LifeState::Requested;
  if (is_unborn && !(is_forked && WIFSIGNALED(ended.status()))) {
    runtime::close_actor(system_sender_.thread(), actor, {Code::StartFailed, reason});
  } else if (is_waiting_to_be_hosted(actor) && !is_scheduled(actor)) {
    restart(actor, reason);
  }
}

}  // namespace buskin::admin
