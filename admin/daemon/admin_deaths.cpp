// admin_deaths: what a death breaks is mended, and who may come back comes back.
//
// Actors that lost their process are given another one, as their policy says. A
// fork server may have been here before us, while we were stopped or not yet
// there: what it has repaired is found so, and restarts that it has are left to it.
#include <algorithm>

#include "admin/daemon/admin.hpp"
#include "api/runtime/node/actor_spec.hpp"
#include "shm/base/clock.hpp"
#include "shm/names/names.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::admin {

bool Admin::is_scheduled(shm::ActorId actor) const {
  return waiting_.contains(actor) || on_their_way_.contains(actor.word()) ||
         std::any_of(due_.begin(), due_.end(), [&](const auto& due) { return due.second == actor; });
}

void Admin::member_gone(MemberId member) {
  Known* const known = members_.find(member);
  if (known == nullptr) return;  // Left, and said so.
  if (members_.has_left(member)) return was_repaired(member);
  const std::string end = end_of(member);  // Now: its fork server is about to ask for it.
  if (known->role == shm::Role::Actors && programs_.has(known->program)) {
    known->dead_since_ns = shm::now_ns();  // Its fork server will say how it died.
  } else {
    bury(member, end);
  }
}

/// How it died, for all that we saw of it.
std::string Admin::end_of(MemberId member) {
  Known* const known = members_.find(member);
  if (known != nullptr && known->end.empty()) known->end = runtime::look_at_end(*known);
  return known == nullptr || known->end.empty() ? "its process died" : known->end;
}

void Admin::bury(MemberId member, const std::string& reason) {
  const Known* const met = members_.find(member);
  const Known known = met != nullptr ? *met : Known{.id = member};
  const std::vector<shm::ActorId> unhosted = take_place(places_.find_by(
      [&](shm::ActorId mailbox) { return shm::life_of(segment_, mailbox).host == member.index; }));
  const runtime::OnLost lost{[&](shm::ActorId actor) {
                               on_their_way_.erase(actor.word());  // It has been there.
                               is_resuming_ ? resume(actor) : restart(actor, reason);
                             },
                             [&](shm::ActorId actor) {
                               if (is_resuming_) return resume(actor);
                               if (!is_scheduled(actor)) restart(actor, reason);
                             }};
  const auto repaired = repairer_.repair(known, reason, lost);
  if (!repaired.ok() && repaired.error() == shm::ReapError::Claimed) {
    // Somebody else mends it; should he die too, we find it again.
    if (Known* const later = members_.find(member)) later->dead_since_ns = shm::now_ns();
    return;
  }
  (void)runtime::take_reaper_role(segment_, own(), paths_);
  create_again(unhosted);
  if (!repaired.ok()) return was_repaired(member);
  members_.forget(member);
  if (const Server* const server = programs_.find(member)) server_gone(*server);
  // Forked for an actor that it never got to.
  if (known.actor != shm::ActorId{} && is_waiting_to_be_hosted(known.actor) && !is_scheduled(known.actor)) {
    restart(known.actor, reason);
  }
}

/// It left in order, or a fork server has repaired it.
void Admin::was_repaired(MemberId member) {
  runtime::end_creatures_of(system_sender_.thread(), member.word(), mailbox_->id());
  members_.forget(member);
  const std::uint64_t place = places_.find_by([&](shm::ActorId mailbox) { return !shm::is_open(segment_, mailbox); });
  if (place != 0) create_again(take_place(place));
  if (const Server* const server = programs_.find(member)) server_gone(*server);
  create_left_alone();
}

/// Whom a repairer left to us, or died over, before the restart was anybody's.
void Admin::create_left_alone() {
  std::vector<shm::ActorId> left;
  shm::for_each_actor(segment_, [&](shm::ActorId id, shm::LifeWord life) {
    const bool is_ours = shm::is_user_actor(segment_, id);
    const bool is_undecided = life.state == shm::LifeState::Notified && life.host == shm::ProcessIndex::None;
    const bool is_left = life.state == shm::LifeState::Requested ||
                         (life.state == shm::LifeState::Notified && life.host == own().index);
    // One that lives where its parent does is brought back by that.
    const bool is_due = is_undecided || (is_left && !shm::is_local(segment_, id));
    if (is_ours && is_due && !is_scheduled(id)) left.push_back(id);
  });
  for (const shm::ActorId id : left) {
    const shm::LifeWord life = shm::life_of(segment_, id);
    const bool is_undecided = life.state == shm::LifeState::Notified && life.host == shm::ProcessIndex::None;
    is_undecided ? restart(id, "its process died") : create_actor(id);
  }
}

void Admin::server_gone(Server server) {
  programs_.remove(server.member);
  programs_.expect(server.program);
  // What it was asked for, and had not done.
  std::vector<shm::ActorId> lost;
  for (const auto& [actor, asked] : on_their_way_) {
    if (asked == server.member) lost.push_back(shm::ActorId::from_word(actor));
  }
  for (const shm::ActorId actor : lost) {
    on_their_way_.erase(actor.word());
    if (is_waiting_to_be_hosted(actor)) (void)waiting_.emplace(actor, shm::now_ns());
  }
  // Processes that it was asked for, or that only it would have seen die. One that comes yet says so.
  if (!programs_.has(server.program)) {
    for (const std::uint64_t place : places_.unready(server.program)) create_again(take_place(place));
  }
  look_around();  // Nobody else tells of its children.
  restart_kept(server.path);
}

void Admin::restart(shm::ActorId actor, const std::string& reason) {
  const bool is_born = shm::life_of(segment_, actor).state == shm::LifeState::Notified;
  if (is_born && !runtime::is_restart_ours(system_sender_.thread(), actor)) return;
  if (phase_ != Phase::Running) return close(actor, reason);
  const auto due = runtime::decide_restart(system_sender_.thread(), actor, reason);
  if (!due) return;
  if (*due > shm::now_ns()) {
    due_.emplace(*due, actor);
  } else {
    create_actor(actor);
  }
}

/// Has it a name, or a keep policy? One that lives where its parent does comes back with that.
bool Admin::comes_back(shm::ActorId actor) const {
  if (!shm::is_open(segment_, actor)) return false;
  if (shm::is_local(segment_, actor)) return comes_back(shm::parent_of(segment_, actor));
  return shm::has_flag(segment_, actor, shm::SlotFlag::kKeep) || !shm::name_of(segment_, actor).empty();
}

void Admin::resume(shm::ActorId actor) {
  const bool is_local = shm::is_local(segment_, actor);
  const bool is_born = shm::life_of(segment_, actor).state == shm::LifeState::Notified;
  if (is_born && comes_back(actor)) {
    ++resumed_;
    if (!is_local) (void)waiting_.emplace(actor, shm::now_ns());
    return;
  }
  ++ended_;
  runtime::close_actor(system_sender_.thread(), actor, {Code::ActorDied, "system_died", shm::Counter::DeadSystemDied});
}

}  // namespace buskin::admin
